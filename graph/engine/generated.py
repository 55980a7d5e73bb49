"""Generated code: the two innermost loops, written out for each set of names."""

from collections.abc import Callable, Sequence
from functools import lru_cache
from keyword import iskeyword
from operator import attrgetter
from typing import Any, Final, TypeAlias

from graph.engine.columns import Column, read_column
from graph.engine.sources import Property, Source

ResponseObject: TypeAlias = dict[str, Any]
# The number of objects and a column for each value that varies → the objects.
ObjectBuilder: TypeAlias = Callable[[int, Sequence[Column]], list[ResponseObject]]
ColumnReader: TypeAlias = Callable[[Sequence[Source]], Column]

# A name with its constant, or with None for a value that a column brings.
Entry: TypeAlias = tuple[str, str | None]

# A function takes about 2 KB.
_GENERATED_MAX: Final = 2_000


@lru_cache(maxsize=_GENERATED_MAX)
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
    # Made of response names, which GraphQL's grammar limits to letters, digits and _.
    build: ObjectBuilder = _function(f"def build(count, columns):\n    {body}\n", "build")
    return build


def column_reader(source: Property) -> ColumnReader:
    """A function that reads the property of many sources."""
    if source.attribute is None:
        return lambda sources: read_column(source.read, sources)
    return _attribute_reader(source.attribute)


@lru_cache(maxsize=_GENERATED_MAX)
def _attribute_reader(name: str) -> ColumnReader:
    """Twice as fast as `attrgetter`, which is there for when an attribute can't be read."""
    if not name.isidentifier() or iskeyword(name):
        return lambda sources: read_column(attrgetter(name), sources)
    read_all: ColumnReader = _function(
        f"def read_all(sources):\n    return [source.{name} for source in sources]\n", "read_all"
    )

    def read(sources: Sequence[Source]) -> Column:
        try:
            return read_all(sources)
        except Exception:  # noqa: BLE001 - found again, one by one
            return read_column(attrgetter(name), sources)

    return read


def _function(text: str, name: str) -> Any:  # noqa: ANN401 - as the text says
    namespace: dict[str, Any] = {}
    exec(text, namespace)  # noqa: S102 - of names that were checked to be names
    return namespace[name]
