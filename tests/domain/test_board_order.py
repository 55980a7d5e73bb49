import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.board_order import DIGITS, RANK_CHARACTERS_MAX, rank_between, ranks_between

places = st.lists(st.floats(min_value=0, max_value=1), max_size=60)


def _inserted(places_in_turn: list[float]) -> list[str]:
    """The ranks of inserts at the given parts of the list, 0 its head and 1 its end."""
    ranks: list[str] = []
    for place in places_in_turn:
        index = round(place * len(ranks))
        previous = ranks[index - 1] if index > 0 else None
        following = ranks[index] if index < len(ranks) else None
        ranks.insert(index, rank_between(previous, following))
    return ranks


@given(places)
def test_any_sequence_of_inserts_keeps_the_order_and_never_repeats_a_rank(
    places_in_turn: list[float],
) -> None:
    ranks = _inserted(places_in_turn)
    assert ranks == sorted(set(ranks))


@given(places)
def test_ranks_are_digits_after_a_letter_and_leave_room_below(places_in_turn: list[float]) -> None:
    for rank in _inserted(places_in_turn):
        assert rank[0].isascii()
        assert rank[0].isalpha()
        assert set(rank[1:]) <= set(DIGITS)
        assert rank_between(None, rank) < rank < rank_between(rank, None)


@given(places, st.floats(min_value=0, max_value=1), st.integers(min_value=0, max_value=40))
def test_many_ranks_fit_in_order_between_any_two_neighbours(
    places_in_turn: list[float], place: float, count: int
) -> None:
    ranks = _inserted(places_in_turn)
    index = round(place * len(ranks))
    previous = ranks[index - 1] if index > 0 else None
    following = ranks[index] if index < len(ranks) else None
    between = ranks_between(previous, following, count)
    assert len(between) == count
    whole = [*ranks[:index], *between, *ranks[index:]]
    assert whole == sorted(set(whole))


def test_the_first_rank_of_an_empty_order_is_a0() -> None:
    assert rank_between(None, None) == "a0"


def test_ten_thousand_appends_stay_within_four_characters() -> None:
    ranks = ranks_between(None, None, 10_000)
    assert ranks == sorted(set(ranks))
    assert max(map(len, ranks)) == 4


def test_ten_thousand_inserts_at_the_head_stay_within_four_characters() -> None:
    ranks = ["a0"]
    for _ in range(10_000):
        ranks.append(rank_between(None, ranks[-1]))
    assert ranks == sorted(set(ranks), reverse=True)
    assert max(map(len, ranks)) == 4


def test_inserts_at_one_place_cost_a_character_for_every_fifth() -> None:
    upper = "a1"
    for _ in range(100):
        upper = rank_between("a0", upper)
    assert len(upper) <= 2 + 100 // 5


def test_a_hundred_ranks_between_two_neighbours_take_two_more_characters() -> None:
    assert max(map(len, ranks_between("a0", "a1", 100))) <= 4


@pytest.mark.parametrize(
    ("previous", "following", "between"),
    [
        ("a0", None, "a1"),
        ("az", None, "b00"),
        ("bzz", None, "c000"),
        (None, "a0", "Zz"),
        (None, "Z0", "Yzz"),
        (None, "a0V", "a0"),
        ("Zz", None, "a0"),
        ("Yzz", None, "Z0"),
        ("a0", "a1", "a0V"),
        ("a0", "a0V", "a0F"),
        ("a0", "a01", "a00V"),
        ("a0", "a2", "a1"),
        ("a1V", "a2", "a1k"),
        ("z" + "z" * 26, None, "z" + "z" * 26 + "V"),
        (None, "A" + "0" * 25 + "1", "A" + "0" * 26 + "V"),
        (None, "A" + "0" * 26 + "V", "A" + "0" * 26 + "F"),
    ],
)
def test_the_rank_between_is_the_shortest_in_the_middle(
    previous: str | None, following: str | None, between: str
) -> None:
    assert rank_between(previous, following) == between


@pytest.mark.parametrize(
    "rank", ["", "0", "a", "b0", "Y0", "a00", "a0V0", "-0", "é0", "A" + "0" * 26]
)
def test_a_malformed_rank_is_refused(rank: str) -> None:
    with pytest.raises(ValueError, match="not a rank"):
        rank_between(rank, None)
    with pytest.raises(ValueError, match="not a rank"):
        rank_between(None, rank)


@pytest.mark.parametrize("rank", ["a!", "a0é", "b0 ", "a0-1"])
def test_a_rank_with_a_foreign_digit_is_refused(rank: str) -> None:
    with pytest.raises(ValueError, match="not a rank"):
        rank_between(rank, None)
    with pytest.raises(ValueError, match="not a rank"):
        rank_between(None, rank)


@pytest.mark.parametrize(("previous", "following"), [("a0", "a0"), ("a1", "a0"), ("a0V", "a0")])
def test_neighbours_out_of_order_are_refused(previous: str, following: str) -> None:
    with pytest.raises(ValueError, match="out of order"):
        rank_between(previous, following)


def test_no_ranks_are_made_where_none_are_asked_for() -> None:
    assert ranks_between("a0", "a1", 0) == []


def test_a_rank_that_calls_for_rebalancing_leaves_room_for_every_integer_part() -> None:
    assert len("z" + "z" * 26) < RANK_CHARACTERS_MAX
