import pytest

from graph.schema_diff import InvalidSchemaError, SchemaDiff, diff

BASE = """
type Query { task(id: ID!): Task }
type Task { id: ID!  title: String! }
enum Priority { LOW HIGH }
"""


def test_equal_schemas_have_no_changes() -> None:
    assert diff(BASE, BASE) == SchemaDiff(breaking=(), dangerous=(), safe=())


def test_what_ends_a_working_client_is_breaking() -> None:
    changes = diff(BASE, BASE.replace("title: String!", ""))
    assert changes == SchemaDiff(breaking=("Field Task.title was removed.",), dangerous=(), safe=())


def test_what_may_surprise_a_client_is_dangerous() -> None:
    changes = diff(BASE, BASE.replace("HIGH", "HIGH URGENT"))
    assert len(changes.dangerous) == 1
    assert "URGENT" in changes.dangerous[0]
    assert not changes.breaking


def test_what_no_client_can_notice_is_safe() -> None:
    changes = diff(BASE, BASE.replace("title: String!", "title: String!  estimate: Int"))
    assert len(changes.safe) == 1
    assert not changes.breaking
    assert not changes.dangerous


def test_the_last_use_of_a_built_in_scalar_may_go() -> None:
    with_flag = BASE.replace("title: String!", "title: String!  done: Boolean  weight: Float")
    assert diff(with_flag, BASE).breaking == (
        "Field Task.done was removed.",
        "Field Task.weight was removed.",
    )


@pytest.mark.parametrize("text", ["type Query {", "type Query { a: Missing }", ""])
def test_text_that_is_no_schema_is_refused(text: str) -> None:
    with pytest.raises(InvalidSchemaError, match="the new schema is invalid"):
        diff(BASE, text)
