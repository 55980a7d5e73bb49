"""How late the web process itself hears of changes, by the histogram among its metrics."""

import re
from collections.abc import Mapping
from typing import Final

import httpx

from infra.embedded.ports import LOOPBACK

_BUCKET: Final = re.compile(
    r'^taskwire_live_latency_seconds_bucket\{(?:[^}]*,)?le="([^"]+)"[^}]*\} ([0-9.e+]+)$',
    re.MULTILINE,
)


async def heard(port: int) -> Mapping[float, float]:
    """How many changes the web process has heard of by now, by an upper bound in seconds."""
    async with httpx.AsyncClient(trust_env=False) as http:
        text = (await http.get(f"http://{LOOPBACK}:{port}/metrics")).text
    return {float(bound): float(count) for bound, count in _BUCKET.findall(text)}


def bound_of(share: float, before: Mapping[float, float], after: Mapping[float, float]) -> float:
    """Within how many seconds the share of the changes between was heard of, by the buckets."""
    counts = {bound: count - before.get(bound, 0.0) for bound, count in after.items()}
    wanted = share * max(counts.values(), default=0.0)
    return min((bound for bound, count in counts.items() if count >= wanted), default=0.0)
