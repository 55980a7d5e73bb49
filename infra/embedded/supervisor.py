import asyncio
import time
from collections.abc import Callable, Sequence

from infra.embedded.errors import StackError
from infra.embedded.service import Service

# Fast enough that nobody notices one crash, slow enough that a crash loop costs nothing.
_FIRST_DELAY_SECONDS = 0.2
_LONGEST_DELAY_SECONDS = 10.0
# A member that ran this long has recovered from whatever ended it before.
_RECOVERED_SECONDS = 30.0

Report = Callable[[str], None]


class Supervisor:
    """Starts members stage by stage, starts those again that die, and stops all in reverse."""

    def __init__(self, *, report: Report, on_change: Callable[[], None]) -> None:
        self._report = report
        self._on_change = on_change
        self._stages: list[Sequence[Service]] = []
        self._watchers: list[asyncio.Task[None]] = []

    @property
    def members(self) -> list[Service]:
        """Every member that was started, in the order of their stages."""
        return [member for stage in self._stages for member in stage]

    async def start(self, stage: Sequence[Service]) -> None:
        """Start the members side by side; StackError of the first that cannot."""
        self._stages.append(stage)
        results = await asyncio.gather(
            *(member.start() for member in stage), return_exceptions=True
        )
        for result in results:
            if isinstance(result, BaseException):
                raise result
        self._watchers += [asyncio.create_task(self._keep_running(member)) for member in stage]
        self._on_change()

    async def watch(self) -> None:
        """Return never; raise what a watcher raises."""
        await asyncio.gather(*self._watchers)

    async def stop(self) -> None:
        """End every member, the stage started last first."""
        for watcher in self._watchers:
            watcher.cancel()
        await asyncio.gather(*self._watchers, return_exceptions=True)
        self._watchers.clear()
        while self._stages:
            await asyncio.gather(*(member.stop() for member in self._stages.pop()))

    async def _keep_running(self, member: Service) -> None:
        failures = 0
        while True:
            started_at = time.monotonic()
            reason = await member.wait()
            if time.monotonic() - started_at > _RECOVERED_SECONDS:
                failures = 0
            failures = await self._start_again(member, reason, failures)
            self._on_change()

    async def _start_again(self, member: Service, reason: str, failures: int) -> int:
        """Start until it works → the number of failures so far, this one included."""
        while True:
            failures += 1
            # The first and every doubling: a crash loop must not flood the console.
            if failures.bit_count() == 1:
                self._report(f"{member.name} ended and is started again ({failures}): {reason}")
            await asyncio.sleep(
                min(_FIRST_DELAY_SECONDS * 2 ** (failures - 1), _LONGEST_DELAY_SECONDS)
            )
            try:
                await member.start()
            except StackError as error:
                reason = str(error)
            else:
                return failures
