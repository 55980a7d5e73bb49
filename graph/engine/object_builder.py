"""Functions that make response objects of columns, written once for each set of names."""

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any, Final, TypeAlias

from graph.engine.columns import Column

ResponseObject: TypeAlias = dict[str, Any]
# The number of objects and a column for each value that varies → the objects.
ObjectBuilder: TypeAlias = Callable[[int, Sequence[Column]], list[ResponseObject]]

# A name with its constant, or with None for a value that a column brings.
Entry: TypeAlias = tuple[str, str | None]

# Of distinct selections; a builder takes about 2 KB.
_BUILDERS_MAX: Final = 2_000


@lru_cache(maxsize=_BUILDERS_MAX)
def object_builder(entries: tuple[Entry, ...], pending: frozenset[str]) -> ObjectBuilder:
    """A function that makes objects with these entries in this order.

    Names in `pending` are given null, to be filled later. For the entries `id` and
    `title` the function is

        def build(count, columns):
            c0, c1 = columns
            return [{'id': v0, 'title': v1} for v0, v1 in zip(c0, c1)]
    """
    values = []
    variables: list[int] = []
    for name, constant in entries:
        if constant is not None or name in pending:
            values.append(f"{name!r}: {constant!r}")
        else:
            values.append(f"{name!r}: v{len(variables)}")
            variables.append(len(variables))
    display = "{" + ", ".join(values) + "}"
    if not variables:
        body = f"return [{display} for _ in range(count)]"
    else:
        columns = ", ".join(f"c{index}" for index in variables)
        row = ", ".join(f"v{index}" for index in variables)
        body = f"{columns}, = columns\n    return [{display} for {row}, in zip({columns})]"
    namespace: dict[str, Any] = {}
    # Made of response names, which GraphQL's grammar limits to letters, digits and _.
    exec(f"def build(count, columns):\n    {body}\n", namespace)  # noqa: S102
    build: ObjectBuilder = namespace["build"]
    return build
