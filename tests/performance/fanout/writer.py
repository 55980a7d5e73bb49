"""The process that changes tasks at a steady rate: `python -m tests.performance.fanout.writer`.

The first line of its input says what to change, in JSON; it ends with its input.
"""

import asyncio
import json
import sys
import threading
from typing import Any, Final
from uuid import UUID

import uvloop

from domain.commands.tasks import UpdateTask, update_task
from domain.identifiers import UserId
from persistence.database import Database
from web.bootstrap import command_bus

_AT_ONCE: Final = 8


async def change(plan: dict[str, Any], stopped: threading.Event) -> int:
    """Give each task `rate` new titles a second, evenly spread; return how many were given."""
    tasks = [(UUID(task_id), UserId(UUID(owner_id))) for task_id, owner_id in plan["tasks"]]
    interval = 1.0 / (plan["rate"] * len(tasks))
    loop = asyncio.get_running_loop()
    turn = asyncio.Semaphore(_AT_ONCE)
    async with Database(plan["database_url"], pool_size=_AT_ONCE) as database:
        bus = command_bus(database)

        async def rename(number: int) -> None:
            task_id, owner_id = tasks[number % len(tasks)]
            command = UpdateTask(task_id=task_id, title=f"Watched {number}")
            try:
                await bus.run(update_task, command, actor_id=owner_id)
            finally:
                turn.release()

        started, number = loop.time(), 0
        async with asyncio.TaskGroup() as group:
            while not stopped.is_set():
                # Who can't keep up changes less often; nothing piles up.
                await turn.acquire()
                group.create_task(rename(number))
                number += 1
                await asyncio.sleep(max(0.0, started + number * interval - loop.time()))
    return number


def _read(stopped: threading.Event) -> None:
    sys.stdin.read()
    stopped.set()


if __name__ == "__main__":
    given = json.loads(sys.stdin.readline())
    ended = threading.Event()
    threading.Thread(target=_read, args=(ended,), daemon=True).start()
    print(json.dumps({"changes": uvloop.run(change(given, ended))}), flush=True)
