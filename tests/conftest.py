import gc
import os
from collections.abc import Generator

import pytest
from hypothesis import settings

# A developer's own settings are not those of the tests.
for _name in [name for name in os.environ if name.startswith(("TASKWIRE_", "OTEL_"))]:
    del os.environ[_name]

# The machine's speed is not a property of the code.
settings.register_profile("taskwire", deadline=None, print_blob=True)
settings.load_profile("taskwire")

pytest_plugins = ["tests.services"]


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport(
    call: pytest.CallInfo[None],
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Collect no garbage while a failure is put into words.

    Python before 3.11.9 can't parse source while a finalizer parses some, which warnings of
    forgotten coroutines do: "AST constructor recursion depth mismatch" would end the whole run.
    """
    is_held = call.excinfo is not None and gc.isenabled()
    if is_held:
        gc.disable()
    try:
        return (yield)
    finally:
        if is_held:
            gc.enable()
