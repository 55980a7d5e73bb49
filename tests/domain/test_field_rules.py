from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain import field_rules
from domain.errors import ErrorCode, InvalidInput, LimitExceeded


def _refusal(rule: Callable[..., object], value: object) -> InvalidInput:
    with pytest.raises(InvalidInput) as refusal:
        rule(value, field="it")
    assert refusal.value.field == ("it",)
    assert refusal.value.code is ErrorCode.INVALID_INPUT
    return refusal.value


@pytest.mark.parametrize("rule", [field_rules.line, field_rules.text, field_rules.body])
@pytest.mark.parametrize("value", ["a\x00b", "lone \ud800 surrogate", "\udfff"])
def test_what_postgres_cannot_hold_is_refused(rule: Callable[..., object], value: str) -> None:
    assert "can't be stored" in _refusal(rule, value).message


@pytest.mark.parametrize(
    "value", ["Größe", "日本語", "👩‍👩‍👧 family", "e\u0301", "\u202eright to left"]
)
def test_every_other_character_is_kept(value: str) -> None:
    assert field_rules.line(value, field="it") == value
    assert field_rules.text(value, field="it") == value
    assert field_rules.body(value, field="it") == value


def test_a_line_is_trimmed_and_has_no_line_breaks() -> None:
    assert field_rules.line("  two\r\n words\t here ", field="it") == "two words here"


@pytest.mark.parametrize("value", ["", " ", "\n\t", "\u2003\u00a0"])
def test_an_empty_line_or_body_is_refused(value: str) -> None:
    assert _refusal(field_rules.line, value).message == "Must not be empty."
    assert _refusal(field_rules.body, value).message == "Must not be empty."


def test_text_may_be_empty_and_is_kept_as_typed() -> None:
    assert field_rules.text("", field="it") == ""
    assert field_rules.text(" a\n\n  b ", field="it") == " a\n\n  b "
    assert field_rules.body(" a\n", field="it") == " a\n"


@pytest.mark.parametrize(
    ("rule", "most"),
    [
        (field_rules.line, field_rules.NAME_CHARACTERS),
        (field_rules.text, field_rules.DESCRIPTION_CHARACTERS),
        (field_rules.body, field_rules.COMMENT_CHARACTERS),
    ],
)
def test_length_is_counted_in_characters_not_bytes(rule: Callable[..., object], most: int) -> None:
    assert rule("ü" * most, field="it") == "ü" * most
    assert str(most) in _refusal(rule, "ü" * (most + 1)).message


@pytest.mark.parametrize("value", ["AB", "ENG", "A1", "A234567890"])
def test_a_project_key_is_two_to_ten_capitals_and_digits(value: str) -> None:
    assert field_rules.project_key(value, field="it") == value


@pytest.mark.parametrize(
    "value", ["", "A", "eng", "1AB", "A-B", "A2345678901", "ÄB", "AB\n", "A B"]
)
def test_another_project_key_is_refused(value: str) -> None:
    _refusal(field_rules.project_key, value)


@pytest.mark.parametrize("value", ["demo", "a1", "two-words", "x" * 48])
def test_a_slug_is_lower_case_words_joined_by_hyphens(value: str) -> None:
    assert field_rules.slug(value, field="it") == value


@pytest.mark.parametrize(
    "value", ["", "a", "Demo", "-a", "a-", "a--b", "a_b", "x" * 49, "é1", "ab\n"]
)
def test_another_slug_is_refused(value: str) -> None:
    _refusal(field_rules.slug, value)


def test_a_colour_is_kept_in_lower_case() -> None:
    assert field_rules.color("#A1B2c3") == "#a1b2c3"


@pytest.mark.parametrize("value", ["", "red", "#fff", "#12345g", "123456", "#1234567", "#123456\n"])
def test_another_colour_is_refused(value: str) -> None:
    _refusal(field_rules.color, value)


def test_a_whole_number_keeps_within_both_bounds() -> None:
    assert field_rules.whole_number(1, field="it", least=1, most=3) == 1
    assert field_rules.whole_number(3, field="it", least=1, most=3) == 3
    for value in (0, 4):
        with pytest.raises(InvalidInput, match="between 1 and 3"):
            field_rules.whole_number(value, field="it", least=1, most=3)


def test_an_email_address_is_compared_without_case_and_space() -> None:
    assert field_rules.email(" Ada@Example.ORG ") == "ada@example.org"


@pytest.mark.parametrize(
    "value",
    ["", "ada", "@x", "a@", "a b@c.d", "a@b@c", "a@b..c", "a@.b", f"{'a' * 250}@b.cd", "a@b\x00"],
)
def test_another_email_address_is_refused(value: str) -> None:
    _refusal(field_rules.email, value)


def test_a_password_has_ten_characters_and_at_most_72_bytes() -> None:
    assert field_rules.password("x" * 10) == "x" * 10
    assert field_rules.password("ü" * 36) == "ü" * 36
    for value in ("x" * 9, "ü" * 37, "x" * 73, "x" * 10 + "\x00"):
        _refusal(field_rules.password, value)


@given(st.lists(st.integers(0, 5)))
def test_repeats_are_dropped_in_order(values: list[int]) -> None:
    distinct = field_rules.at_most(values, field="it", count=6)
    assert list(distinct) == sorted(set(values), key=values.index)


def test_more_than_the_limit_is_refused_counting_distinct_values() -> None:
    assert field_rules.at_most([1, 1, 2], field="it", count=2) == (1, 2)
    with pytest.raises(LimitExceeded) as refusal:
        field_rules.at_most([1, 2, 3], field="it", count=2)
    assert refusal.value.field == ("it",)
    assert refusal.value.code is ErrorCode.LIMIT_EXCEEDED
