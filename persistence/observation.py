"""Who is told of statements: nobody, unless a process wants to measure."""

from collections.abc import Awaitable
from typing import Final, Literal, Protocol, TypeAlias, TypeVar

T = TypeVar("T")

StatementKind: TypeAlias = Literal["read", "unit_of_work"]


class StatementObserver(Protocol):
    """Is told of every statement on the connections of a pool. Called often, so it is quick."""

    def waited(self, nanoseconds: int, /) -> None:
        """Note what it took to get a connection."""
        ...

    def read(self, nanoseconds: int, /) -> None:
        """Note what it took to get a read's rows."""
        ...

    def is_tracing(self) -> bool | None:
        """Whether `statement` is wanted for a read too; else `read` is enough."""
        ...

    def statement(self, kind: StatementKind, sql: str, answer: Awaitable[T]) -> Awaitable[T]:
        """The same answer, to be awaited at once."""
        ...


class _Nobody:
    def waited(self, nanoseconds: int, /) -> None:
        """Nothing."""

    def read(self, nanoseconds: int, /) -> None:
        """Nothing."""

    def is_tracing(self) -> bool | None:
        """No."""
        return False

    def statement(
        self,
        kind: StatementKind,  # noqa: ARG002 - nobody asks
        sql: str,  # noqa: ARG002
        answer: Awaitable[T],
    ) -> Awaitable[T]:
        """The answer itself."""
        return answer


UNOBSERVED: Final[StatementObserver] = _Nobody()
