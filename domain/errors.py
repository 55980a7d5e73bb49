"""The closed family of expected errors.

`code` is stable and public. `UserError` descendants describe what the caller
can mend and travel as data in a mutation's payload; `AccessError` descendants
end the whole operation.
"""

from enum import Enum
from uuid import UUID


class ErrorCode(Enum):
    """Codes of errors that a mutation reports in its payload."""

    INVALID_INPUT = "INVALID_INPUT"
    NOT_FOUND = "NOT_FOUND"
    ALREADY_EXISTS = "ALREADY_EXISTS"
    STALE_VERSION = "STALE_VERSION"
    COLUMN_NOT_EMPTY = "COLUMN_NOT_EMPTY"
    ARCHIVED = "ARCHIVED"
    IDEMPOTENCY_KEY_REUSED = "IDEMPOTENCY_KEY_REUSED"
    LIMIT_EXCEEDED = "LIMIT_EXCEEDED"
    INVALID_MOVE = "INVALID_MOVE"
    LAST_OWNER = "LAST_OWNER"
    EXPIRED = "EXPIRED"
    ALREADY_USED = "ALREADY_USED"
    WRONG_ACCOUNT = "WRONG_ACCOUNT"


class TaskwireError(Exception):
    """Root of every error this application raises on purpose."""


class UserError(TaskwireError):
    """Something the caller can mend. `field` is the path inside the input, camelCase."""

    code: ErrorCode

    def __init__(self, message: str, *, field: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.message = message
        self.field = field


class InvalidInput(UserError):
    """A value is malformed or outside its bounds."""

    code = ErrorCode.INVALID_INPUT


class NotFound(UserError):
    """The object does not exist, or the actor may not see it: the two look the same."""

    code = ErrorCode.NOT_FOUND


class AlreadyExists(UserError):
    """A unique value (id, key, slug, name) is taken."""

    code = ErrorCode.ALREADY_EXISTS


class StaleVersion(UserError):
    """The object changed since the caller read it."""

    code = ErrorCode.STALE_VERSION

    def __init__(self, *, expected: int, actual: int, object_id: UUID) -> None:
        super().__init__(
            f"It was changed meanwhile: version is {actual}, expected {expected}. "
            "Read it again and retry.",
            field=("expectedVersion",),
        )
        self.expected = expected
        self.actual = actual
        self.object_id = object_id


class ColumnNotEmpty(UserError):
    """A column with tasks can only be deleted by naming where they go."""

    code = ErrorCode.COLUMN_NOT_EMPTY


class Archived(UserError):
    """The object, or what it belongs to, is archived."""

    code = ErrorCode.ARCHIVED


class IdempotencyKeyReused(UserError):
    """The key was used within its lifetime for a different request."""

    code = ErrorCode.IDEMPOTENCY_KEY_REUSED


class LimitExceeded(UserError):
    """More objects than one request or one container may hold."""

    code = ErrorCode.LIMIT_EXCEEDED


class InvalidMove(UserError):
    """A relative move names neighbours that do not stand where it says."""

    code = ErrorCode.INVALID_MOVE


class LastOwner(UserError):
    """A workspace must not be left without an owner."""

    code = ErrorCode.LAST_OWNER


class Expired(UserError):
    """Its time is over."""

    code = ErrorCode.EXPIRED


class AlreadyUsed(UserError):
    """It was good for one use."""

    code = ErrorCode.ALREADY_USED


class WrongAccount(UserError):
    """It is for another account than the actor's."""

    code = ErrorCode.WRONG_ACCOUNT


class AccessError(TaskwireError):
    """The operation as a whole is refused."""

    code: str


class Unauthenticated(AccessError):
    """Nobody is signed in, or the credentials are no longer good."""

    code = "UNAUTHENTICATED"


class Forbidden(AccessError):
    """The actor is known and may not do this."""

    code = "FORBIDDEN"


class Unavailable(TaskwireError):
    """A dependency did not answer within its time; trying again is safe."""

    code = "UNAVAILABLE"
