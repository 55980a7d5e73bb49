from uuid import UUID

from domain.entities import ColumnCategory, Priority
from domain.queries import ColumnCondition, Comparison, TaskFilter, UserCondition
from persistence.readers.filter_parameters import split


def _a_filter(title: str, priority: Priority, *, is_me: bool = True) -> TaskFilter:
    return TaskFilter(
        title=Comparison(contains=title),
        any_of=(TaskFilter(priority=Comparison(eq=priority)),),
        assignee=UserCondition(is_me=is_me),
    )


def test_filters_that_differ_in_values_alone_have_one_template() -> None:
    template, parameters = split(_a_filter("warp", Priority.LOW))
    other, other_parameters = split(_a_filter("weft", Priority.HIGH))
    assert template == other
    assert hash(template) == hash(other)
    assert sorted(parameters.values(), key=str) == ["%warp%", Priority.LOW.value]
    assert sorted(other_parameters.values(), key=str) == ["%weft%", Priority.HIGH.value]


def test_what_a_condition_says_without_a_value_is_part_of_the_template() -> None:
    mine, _ = split(_a_filter("warp", Priority.LOW, is_me=True))
    others, _ = split(_a_filter("warp", Priority.LOW, is_me=False))
    assert mine != others
    absent, _ = split(TaskFilter(estimate=Comparison(is_null=True)))
    present, _ = split(TaskFilter(estimate=Comparison(is_null=False)))
    assert absent != present


def test_every_operand_has_a_name_of_its_own() -> None:
    _, parameters = split(
        TaskFilter(
            number=Comparison(gt=3, lt=9),
            negated=TaskFilter(number=Comparison(eq=5)),
        )
    )
    assert len(parameters) == 3
    assert sorted(str(value) for value in parameters.values()) == ["3", "5", "9"]


def test_many_values_are_one_parameter() -> None:
    ids = (UUID(int=1), UUID(int=2))
    two, of_two = split(TaskFilter(id=Comparison(is_in=ids)))
    none, of_none = split(TaskFilter(id=Comparison(is_in=())))
    assert two == none
    assert (list(of_two.values()), list(of_none.values())) == ([list(ids)], [[]])
    _, categories = split(
        TaskFilter(column=ColumnCondition(category=Comparison(not_in=(ColumnCategory.DONE,))))
    )
    assert list(categories.values()) == [["DONE"]]


def test_the_signs_of_patterns_are_escaped() -> None:
    _, parameters = split(TaskFilter(title=Comparison(starts_with="50%_/")))
    assert list(parameters.values()) == ["50/%/_//%"]
