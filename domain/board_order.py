"""Positions on a board as string ranks that compare like bytes.

A rank is an integer part followed by a fraction. The integer part's first
letter tells its length ('a' one digit, 'b' two, … 'Z' one digit below zero, 'Y'
two, …), so appending to a column counts up and its ranks stay short; the
fraction takes the inserts in between. A fraction never ends in the lowest
digit, so there is always room below it. The scheme is David Greenspan's
"Implementing Fractional Indexing"; digits are base 62 in ASCII order, so the
database compares ranks with the "C" collation and clients by code point.
"""

from typing import Final

DIGITS: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
# A rank grows by a character with five or six inserts at one place. Beyond this it is time to
# rebalance, which is told to everybody and keeps others from the project.
RANK_CHARACTERS_MAX: Final = 64

_VALUE_BY_DIGIT: Final = {digit: value for value, digit in enumerate(DIGITS)}
_DIGIT_SET: Final = frozenset(DIGITS)
_LOWEST: Final = DIGITS[0]
_HIGHEST: Final = DIGITS[-1]
_FIRST_RANK: Final = "a" + _LOWEST
_LEAST_INTEGER: Final = "A" + _LOWEST * 26


def rank_between(previous: str | None, following: str | None) -> str:
    """A rank above `previous` and below `following`; None stands for the column's end."""
    if previous is not None and following is not None and previous >= following:
        raise ValueError(f"ranks out of order: {previous!r} is not below {following!r}")
    if previous is None:
        return _FIRST_RANK if following is None else _rank_below(following)
    if following is None:
        return _rank_above(previous)
    integer, fraction = _split(previous)
    next_integer, next_fraction = _split(following)
    if integer == next_integer:
        return integer + _middle(fraction, next_fraction)
    above = _increment(integer)
    if above is not None and above < following:
        return above
    return integer + _middle(fraction, None)


def ranks_between(previous: str | None, following: str | None, count: int) -> list[str]:
    """`count` ascending ranks between two, evenly spread so that they stay short."""
    if count == 0:
        return []
    if following is None:
        ranks: list[str] = []
        for _ in range(count):
            previous = rank_between(previous, None)
            ranks.append(previous)
        return ranks
    half = count // 2
    middle = rank_between(previous, following)
    return [
        *ranks_between(previous, middle, half),
        middle,
        *ranks_between(middle, following, count - half - 1),
    ]


def _rank_below(following: str) -> str:
    integer, fraction = _split(following)
    if integer == _LEAST_INTEGER:
        return integer + _middle("", fraction)
    if fraction:
        return integer
    below = _decrement(integer)
    if below is None:
        raise ValueError(f"no rank below {following!r}")
    return below + _middle("", None) if below == _LEAST_INTEGER else below


def _rank_above(previous: str) -> str:
    integer, fraction = _split(previous)
    above = _increment(integer)
    return integer + _middle(fraction, None) if above is None else above


def _split(rank: str) -> tuple[str, str]:
    head = rank[:1]
    if "a" <= head <= "z":
        length = ord(head) - ord("a") + 2
    elif "A" <= head <= "Z":
        length = ord("Z") - ord(head) + 2
    else:
        raise ValueError(f"not a rank: {rank!r}")
    if len(rank) < length or rank == _LEAST_INTEGER:
        raise ValueError(f"not a rank: {rank!r}")
    if not _DIGIT_SET.issuperset(rank) or (len(rank) > length and rank[-1] == _LOWEST):
        raise ValueError(f"not a rank: {rank!r}")
    return rank[:length], rank[length:]


def _middle(low: str, high: str | None) -> str:
    """A fraction above `low` and below `high`; None stands for one."""
    place = 0
    if high is not None:
        while place < len(high) and (low[place : place + 1] or _LOWEST) == high[place]:
            place += 1
        least = _digit_at(low, place)
        most = _VALUE_BY_DIGIT[high[place]]
        if most - least > 1:
            return high[:place] + DIGITS[(least + most) // 2]
        if len(high) > place + 1:
            return high[: place + 1]
        # Its digit, and above what follows there.
        shared = high[:place] + DIGITS[least]
        place += 1
    else:
        shared = ""
    rest = low[place:]
    above = rest.lstrip(_HIGHEST)
    least = _digit_at(above, 0)
    return shared + rest[: len(rest) - len(above)] + DIGITS[(least + len(DIGITS)) // 2]


def _digit_at(fraction: str, place: int) -> int:
    return _VALUE_BY_DIGIT[fraction[place]] if place < len(fraction) else 0


def _increment(integer: str) -> str | None:
    head, digits = integer[0], list(integer[1:])
    for index in reversed(range(len(digits))):
        value = _VALUE_BY_DIGIT[digits[index]] + 1
        if value < len(DIGITS):
            digits[index] = DIGITS[value]
            return head + "".join(digits)
        digits[index] = _LOWEST
    if head == "Z":
        return _FIRST_RANK
    if head == "z":
        return None
    following = chr(ord(head) + 1)
    return following + (_LOWEST * (len(digits) + 1 if following > "a" else len(digits) - 1))


def _decrement(integer: str) -> str | None:
    head, digits = integer[0], list(integer[1:])
    for index in reversed(range(len(digits))):
        value = _VALUE_BY_DIGIT[digits[index]] - 1
        if value >= 0:
            digits[index] = DIGITS[value]
            return head + "".join(digits)
        digits[index] = _HIGHEST
    if head == "a":
        return "Z" + _HIGHEST
    if head == "A":
        return None
    previous = chr(ord(head) - 1)
    return previous + (_HIGHEST * (len(digits) + 1 if previous < "Z" else len(digits) - 1))
