"""What this process was built from."""

from importlib.metadata import version
from typing import Final

VERSION: Final = version("taskwire")
