import os

from hypothesis import settings

# A developer's own settings are not those of the tests.
for _name in [name for name in os.environ if name.startswith(("TASKWIRE_", "OTEL_"))]:
    del os.environ[_name]

# The machine's speed is not a property of the code.
settings.register_profile("taskwire", deadline=None, print_blob=True)
settings.load_profile("taskwire")

pytest_plugins = ["tests.services"]
