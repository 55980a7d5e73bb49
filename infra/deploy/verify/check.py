"""One check of a delivery artefact, and what came of it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """detail: what was verified, what is wrong, or why nothing could be said."""

    status: Literal["passed", "failed", "skipped"]
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """is_fast: needs seconds and no download, so it belongs to every run of CI."""

    name: str
    run: Callable[[], Outcome]
    is_fast: bool
