from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest

from infra.deploy.verify.check import Outcome
from infra.deploy.verify.programs import TOOLS
from infra.deploy.verify.secrets import find_faults, find_leaks, find_patterns, find_secrets

# Made up here, in parts, so that no scanner finds it in this file.
TOKEN: Final = "ghp_" + "x7Kq2LmP9vR4tYw8ZbN3cD6fG1hJ5sAeUoT0"
NAMES: Final = ("web",)


def needs(tool: str) -> pytest.MarkDecorator:
    is_missing = not (TOOLS / tool).is_file()
    return pytest.mark.skipif(is_missing, reason=f"needs {tool} (make verify-deploy installs it)")


@pytest.mark.parametrize(
    ("find", "broken", "harmless"),
    [
        pytest.param(
            find_leaks, f'TOKEN = "{TOKEN}"\n', 'TOKEN = read("token")\n', marks=needs("gitleaks")
        ),
        pytest.param(
            find_secrets,
            f'TOKEN = "{TOKEN}"\n',
            'TOKEN = read("token")\n',
            marks=needs("detect-secrets"),
        ),
        pytest.param(
            lambda folder: find_faults(folder, names=NAMES),
            "import yaml\n\nyaml.load(text, Loader=yaml.Loader)\n",
            "import yaml\n\nyaml.safe_load(text)\n",
            marks=needs("bandit"),
        ),
        pytest.param(
            find_patterns,
            "async def find(connection, name):\n"
            '    return await connection.fetch(f"SELECT * FROM tasks WHERE title = {name}")\n',
            "async def find(connection, name):\n"
            '    return await connection.fetch("SELECT * FROM tasks WHERE title = $1", name)\n',
            marks=needs("semgrep"),
        ),
    ],
    ids=["gitleaks", "detect-secrets", "bandit", "semgrep"],
)
def test_a_scanner_tells_what_is_broken_from_what_is_not(
    find: Callable[[Path], Outcome], broken: str, harmless: str, tmp_path: Path
) -> None:
    (tmp_path / "web").mkdir()
    (tmp_path / "web" / "broken.py").write_text(broken)
    (tmp_path / "web" / "harmless.py").write_text(harmless)

    outcome = find(tmp_path)

    assert outcome.status == "failed"
    assert "broken.py" in outcome.detail
    assert "harmless.py" not in outcome.detail
