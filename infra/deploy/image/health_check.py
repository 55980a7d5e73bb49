"""Exit 0 while the container's process serves: what the image's HEALTHCHECK runs.

The web server answers for itself. The other processes end when they cannot go on, so one that
runs is well; Kubernetes probes their metrics port instead.
"""

import os
import sys
import urllib.error
import urllib.request
from pathlib import Path
from typing import Final

_TIMEOUT_SECONDS: Final = 3.0


def is_web_server(command_line: bytes) -> bool:
    """Say whether a process with this NUL-separated command line is `taskwire serve`."""
    return b"serve" in command_line.split(b"\0")


def is_alive(port: str) -> bool:
    """Say whether the web server on the port of this container answers /livez."""
    try:
        with urllib.request.urlopen(
            f"http://127.0.0.1:{port}/livez", timeout=_TIMEOUT_SECONDS
        ) as answer:
            return bool(answer.status == 200)  # noqa: PLR2004 - HTTP's own number
    except (OSError, urllib.error.URLError):
        return False


def main(command_line: bytes, port: str) -> int:
    """Return the exit status for a container whose first process has this command line."""
    return 0 if not is_web_server(command_line) or is_alive(port) else 1


if __name__ == "__main__":
    sys.exit(main(Path("/proc/1/cmdline").read_bytes(), os.environ.get("TASKWIRE_PORT", "8000")))
