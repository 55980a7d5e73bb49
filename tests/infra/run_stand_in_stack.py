"""Runs the stack as `taskwire up` does, around the stand-in for Taskwire's own processes."""

import asyncio
import sys
from pathlib import Path

from infra.embedded.stack import Stack
from infra.settings import load_settings
from web.cli.up import run_stack

PROGRAM = (sys.executable, str(Path(__file__).with_name("stand_in_program.py")))

if __name__ == "__main__":
    settings = load_settings()
    stack = Stack(settings, program=PROGRAM, report=lambda line: print(line, flush=True))  # noqa: T201
    asyncio.run(run_stack(stack, settings))
