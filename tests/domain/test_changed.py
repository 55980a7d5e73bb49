from dataclasses import FrozenInstanceError, dataclass, replace

import pytest

from domain.changed import changed


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    id: int
    text: str
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedNote(Note):
    def __post_init__(self) -> None:
        if not self.text:
            raise ValueError("no text")


NOTE = Note(id=1, text="milk")


def test_the_copy_is_what_replace_makes() -> None:
    copy = changed(NOTE, text="bread", tags=("shop",))
    assert copy == replace(NOTE, text="bread", tags=("shop",))
    assert (type(copy), hash(copy)) == (Note, hash(replace(copy)))
    assert Note(id=1, text="milk") == NOTE
    with pytest.raises(FrozenInstanceError):
        copy.text = "beer"  # type: ignore[misc]


def test_a_field_there_is_none_of_is_an_error() -> None:
    with pytest.raises(AttributeError, match="title"):
        changed(NOTE, title="bread")  # type: ignore[call-arg]


def test_a_class_that_does_more_than_keep_its_fields_is_refused() -> None:
    with pytest.raises(TypeError, match="more than its slots"):
        changed(CheckedNote(id=1, text="milk"), text="")
