"""JSON files of other tools, read so that every fault names its place."""

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Final, NoReturn

from domain.errors import TaskwireError
from domain.events import JsonValue

# Trello's own limit on a board's cards makes exports of some ten megabytes.
FILE_BYTES_MAX: Final = 200 * 1024 * 1024
# What is longer is no id of any tool, and the ledger's index could not hold it.
_ID_CHARACTERS: Final = 200
_UNSTORABLE: Final = re.compile("[\x00\ud800-\udfff]")
# What can be left behind the place where JSON's decoder stops, when a cut went through a value.
_CUT_VALUE: Final = re.compile(r"\s*(?:-|\.|[eE][+-]?|t|tr|tru|f|fa|fal|fals|n|nu|nul)?")
_CUT_ESCAPE: Final = re.compile(r"\\?u?[0-9a-fA-F]{0,4}")


class ImportFault(StrEnum):
    """Codes of what can be wrong with a file."""

    FILE_UNREADABLE = "FILE_UNREADABLE"
    FILE_TOO_LARGE = "FILE_TOO_LARGE"
    FILE_EMPTY = "FILE_EMPTY"
    NOT_JSON = "NOT_JSON"
    TRUNCATED = "TRUNCATED"
    WRONG_FORMAT = "WRONG_FORMAT"
    BAD_VALUE = "BAD_VALUE"


class ImportFileError(TaskwireError):
    """A file can't be imported. `path` is the JSON path of the fault, empty for the whole file."""

    def __init__(self, code: ImportFault, message: str, *, advice: str, path: str = "") -> None:
        place = f"{path} " if path else ""
        super().__init__(f"{place}{message}: {advice} ({code})")
        self.code = code
        self.message = message
        self.advice = advice
        self.path = path


def read_file(path: Path, *, bytes_max: int = FILE_BYTES_MAX) -> bytes:
    """The file's bytes, if there are few enough."""
    try:
        with path.open("rb") as file:
            data = file.read(bytes_max + 1)
    except OSError as error:
        raise ImportFileError(
            ImportFault.FILE_UNREADABLE,
            f"{path} can't be read",
            advice=error.strerror or type(error).__name__,
        ) from error
    if len(data) > bytes_max:
        raise ImportFileError(
            ImportFault.FILE_TOO_LARGE,
            f"the file is larger than {bytes_max // 1024**2} MB",
            advice="export the board without its archived cards, or in parts",
        )
    return data


def parse_json(data: bytes) -> JsonValue:
    """The document; an ImportFileError names the byte where it stops being JSON."""
    if not data.strip():
        raise ImportFileError(
            ImportFault.FILE_EMPTY, "the file is empty", advice="export the board again"
        )
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        if error.reason == "unexpected end of data":
            raise _truncated(len(data)) from error
        raise ImportFileError(
            ImportFault.NOT_JSON,
            f"the file is not UTF-8 text (byte {error.start})",
            advice="choose the JSON file that the tool exported",
        ) from error
    try:
        document: JsonValue = json.loads(text, parse_constant=_refuse_constant)
    except json.JSONDecodeError as error:
        raise _not_json(error, text, len(data)) from error
    except (ValueError, RecursionError) as error:
        raise ImportFileError(
            ImportFault.NOT_JSON,
            "the file holds numbers or nesting beyond reason",
            advice="choose the JSON file that the tool exported",
        ) from error
    return document


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")


def _not_json(error: json.JSONDecodeError, text: str, file_bytes: int) -> ImportFileError:
    match error.msg.split():
        case ["Extra", *_]:
            is_cut = False
        case ["Unterminated", *_]:
            is_cut = True
        case ["Invalid", escape, *_] if escape.startswith("\\"):
            is_cut = _CUT_ESCAPE.fullmatch(text, error.pos) is not None
        case _:
            is_cut = _CUT_VALUE.fullmatch(text, error.pos) is not None
    if is_cut:
        return _truncated(file_bytes)
    byte = len(text[: error.pos].encode("utf-8", "surrogatepass"))
    return ImportFileError(
        ImportFault.NOT_JSON,
        f"the file is not JSON (byte {byte}, line {error.lineno}: {error.msg})",
        advice="choose the JSON file that the tool exported",
    )


def _truncated(file_bytes: int) -> ImportFileError:
    return ImportFileError(
        ImportFault.TRUNCATED,
        f"the file is cut off at byte {file_bytes}, in the middle of the board",
        advice="download the export again, whole",
    )


@dataclass(frozen=True, slots=True)
class JsonObject:
    """An object of the document, whose members are read as the types they must have.

    `find_x` gives None for an absent or null member, `x` refuses it.
    """

    members: Mapping[str, JsonValue]
    path: str

    def find_text(self, name: str) -> str | None:
        """A text that Postgres can hold: other characters become U+FFFD."""
        value = self.members.get(name)
        if value is None:
            return None
        if not isinstance(value, str):
            raise self.fault(name, "is not a text")
        return _UNSTORABLE.sub("\ufffd", value)

    def text(self, name: str) -> str:
        """A text; it may be empty."""
        value = self.find_text(name)
        if value is None:
            raise self.fault(name, "is missing")
        return value

    def find_id(self, name: str) -> str | None:
        """An id of the tool."""
        value = self.find_text(name)
        if value is not None and not 0 < len(value) <= _ID_CHARACTERS:
            raise self.fault(name, "is no id")
        return value

    def id(self, name: str = "id") -> str:
        """An id of the tool."""
        value = self.find_id(name)
        if value is None:
            raise self.fault(name, "is missing")
        return value

    def find_number(self, name: str) -> float | None:
        """A finite number."""
        value = self.members.get(name)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self.fault(name, "is not a number")
        try:
            number = float(value)
        except OverflowError:
            number = math.inf
        if not math.isfinite(number):
            raise self.fault(name, "is beyond reason")
        return number

    def number(self, name: str) -> float:
        """A finite number."""
        value = self.find_number(name)
        if value is None:
            raise self.fault(name, "is missing")
        return value

    def flag(self, name: str) -> bool:
        """True or false; false where absent or null."""
        value = self.members.get(name)
        if value is None:
            return False
        if not isinstance(value, bool):
            raise self.fault(name, "is neither true nor false")
        return value

    def find_instant(self, name: str) -> datetime | None:
        """An instant in UTC."""
        value = self.find_text(name)
        if value is None:
            return None
        try:
            instant = datetime.fromisoformat(value)
            aware = instant if instant.tzinfo else instant.replace(tzinfo=UTC)
            return aware.astimezone(UTC)
        except (ValueError, OverflowError) as error:
            raise self.fault(name, "is no date and time") from error

    def instant(self, name: str) -> datetime:
        """An instant in UTC."""
        value = self.find_instant(name)
        if value is None:
            raise self.fault(name, "is missing")
        return value

    def find_object(self, name: str) -> "JsonObject | None":
        """An object."""
        value = self.members.get(name)
        return None if value is None else object_at(value, f"{self.path}.{name}")

    def objects(self, name: str) -> list["JsonObject"]:
        """The objects of a list; none where it is absent or null."""
        return [
            object_at(value, f"{self.path}.{name}[{index}]")
            for index, value in enumerate(self._values(name))
        ]

    def ids(self, name: str) -> list[str]:
        """The ids in a list, without repeats; none where it is absent or null."""
        values = self._values(name)
        for index, value in enumerate(values):
            if not isinstance(value, str) or not 0 < len(value) <= _ID_CHARACTERS:
                raise self.fault(f"{name}[{index}]", "is no id")
        return list(dict.fromkeys(_UNSTORABLE.sub("\ufffd", str(value)) for value in values))

    def count(self, name: str) -> int:
        """How many values a list has; 0 where it is absent or null."""
        return len(self._values(name))

    def _values(self, name: str) -> list[JsonValue]:
        value = self.members.get(name)
        if value is None:
            return []
        if not isinstance(value, list):
            raise self.fault(name, "is not a list")
        return value

    def fault(self, name: str, message: str) -> ImportFileError:
        """The error for what is wrong with a member."""
        return _bad_value(f"{self.path}.{name}", message)


def object_at(value: JsonValue, path: str) -> JsonObject:
    """The value at the path as an object."""
    if not isinstance(value, Mapping):
        raise _bad_value(path, "is not an object")
    return JsonObject(value, path)


def require_distinct(objects: list[JsonObject]) -> list[JsonObject]:
    """The objects, no two of which may have the same id."""
    paths: dict[str, str] = {}
    for each in objects:
        first = paths.setdefault(each.id(), each.path)
        if first != each.path:
            raise each.fault("id", f"is that of {first} too")
    return objects


def _bad_value(path: str, message: str) -> ImportFileError:
    advice = "the file was changed after its export, so export the board again"
    return ImportFileError(ImportFault.BAD_VALUE, message, advice=advice, path=path)
