import asyncio
import shutil
from pathlib import Path

_FILE_BYTES = 8 * 1024 * 1024
_CHECK_SECONDS = 15.0


async def keep_bounded(directory: Path) -> None:
    """Hold every log file near 8 MiB, with one older copy, until cancelled."""
    while True:
        rotate(directory)
        await asyncio.sleep(_CHECK_SECONDS)


def rotate(directory: Path) -> None:
    """Move what grew too large aside; writers append, so they go on in the emptied file."""
    for path in directory.glob("*.log"):
        if path.stat().st_size > _FILE_BYTES:
            shutil.copyfile(path, path.with_suffix(".log.1"))
            with path.open("r+b") as log:
                log.truncate(0)
