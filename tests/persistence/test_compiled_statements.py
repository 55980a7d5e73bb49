import pytest
from sqlalchemy import Text, bindparam, or_, select

from domain.access import Role
from persistence.compiled_statements import CompiledStatement, is_one_of
from persistence.tables import memberships, users
from tests.builders.ports import new_id


def test_parameters_take_the_places_of_their_names() -> None:
    read = CompiledStatement(
        select(users.c.id).where(
            users.c.name == bindparam("name", type_=Text), is_one_of(users.c.id, "ids")
        )
    )
    ids = [new_id(), new_id()]
    assert read.sql.endswith("name = $1::VARCHAR AND users.id = ANY ($2::UUID[])")
    assert read.arguments({"ids": ids, "name": "Ada", "unused": 1}) == ["Ada", ids]


def test_constants_are_bound_as_the_driver_takes_them() -> None:
    read = CompiledStatement(
        select(memberships.c.id).where(memberships.c.role == Role.OWNER).limit(3)
    )
    assert read.arguments({}) == [Role.OWNER.value, 3]


def test_one_run_leaves_no_parameter_to_the_next() -> None:
    read = CompiledStatement(
        select(users.c.id).where(users.c.name == bindparam("name", type_=Text))
    )
    assert read.arguments({"name": "Ada"}) == ["Ada"]
    with pytest.raises(KeyError):
        read.arguments({})


def test_a_parameter_that_is_used_twice_is_given_once() -> None:
    name = bindparam("name", type_=Text)
    read = CompiledStatement(
        select(users.c.id).where(or_(users.c.name == name, users.c.email == name))
    )
    assert read.arguments({"name": "Ada"}) == ["Ada"]
