"""CPU, memory and files of a process, also where several workers are told of as one."""

from typing import Final, Literal

from prometheus_client import CollectorRegistry, Counter, Gauge
from prometheus_client.process_collector import ProcessCollector

_GAUGES: Final[tuple[tuple[str, str, Literal["livesum", "livemax", "livemin"]], ...]] = (
    ("process_resident_memory_bytes", "Resident memory size in bytes.", "livesum"),
    ("process_virtual_memory_bytes", "Virtual memory size in bytes.", "livesum"),
    ("process_open_fds", "Number of open file descriptors.", "livemax"),
    ("process_max_fds", "Maximum number of open file descriptors.", "livemin"),
    (
        "process_start_time_seconds",
        "Start time of the process since unix epoch in seconds.",
        "livemin",
    ),
)


class WorkerProcessFigures:
    """The `process_*` metrics of one of several workers.

    prometheus-client leaves them out of multiprocess mode. Written like any other metric, they are
    put together from the workers' files: CPU and memory are added up, the files are those of the
    worker that has most open, with the lowest limit.
    """

    def __init__(self) -> None:
        # Of no registry of this process: whoever serves the workers' metrics reads their files.
        self._cpu_seconds = Counter(
            "process_cpu_seconds", "Total user and system CPU time spent in seconds.", registry=None
        )
        self._gauges: Final = {
            name: Gauge(name, description, registry=None, multiprocess_mode=mode)
            for name, description, mode in _GAUGES
        }
        self._told_cpu_seconds = 0.0
        self._collector = ProcessCollector(registry=CollectorRegistry())

    def sample(self) -> None:
        """Write the present figures."""
        value_by_name = {
            sample.name: sample.value
            for family in self._collector.collect()
            for sample in family.samples
        }
        for name, gauge in self._gauges.items():
            gauge.set(value_by_name[name])
        cpu_seconds = value_by_name["process_cpu_seconds_total"]
        self._cpu_seconds.inc(cpu_seconds - self._told_cpu_seconds)
        self._told_cpu_seconds = cpu_seconds
