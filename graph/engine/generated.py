"""Generated code: the innermost loops, written out for each set of names."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from keyword import iskeyword
from operator import attrgetter
from typing import Any, Final, TypeAlias

from graph.engine.columns import Column, read_column
from graph.engine.leaves import Inline
from graph.engine.sources import Property, Source

ResponseObject: TypeAlias = dict[str, Any]
# The number of objects and a column for each value that varies → the objects.
ObjectBuilder: TypeAlias = Callable[[int, Sequence[Column]], list[ResponseObject]]
ColumnReader: TypeAlias = Callable[[Sequence[Source]], Column]
# A source → its object, or None where the object has to be made of columns.
ObjectReader: TypeAlias = Callable[[Source], ResponseObject | None]

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


@dataclass(frozen=True, slots=True, kw_only=True)
class LeafEntry:
    """A scalar or enum of an object: where it is read, and how it is completed."""

    response_name: str
    source: Property
    inline: Inline
    is_nullable: bool


def object_reader(entries: Sequence[Entry | LeafEntry]) -> ObjectReader:
    """A function that makes the object of one source, with these entries in this order.

    Names with None are given null, to be filled later. For a nullable attribute `title`
    of the type String the function is

        def read_object(source):
            try:
                value = source.title
                if value is not None:
                    if type(value) is not str: return None
                value0 = value
                return {'title': value0}
            except Exception:
                return None
    """
    lines: list[str] = []
    values: list[str] = []
    bound: dict[str, object] = {}
    for index, entry in enumerate(entries):
        if not isinstance(entry, LeafEntry):
            name, constant = entry
            values.append(f"{name!r}: {constant!r}")
            continue
        attribute = entry.source.attribute
        if attribute is not None and _is_name(attribute):
            lines.append(f"value = source.{attribute}")
        else:
            bound[f"read{index}"] = entry.source.read
            lines.append(f"value = read{index}(source)")
        indent = ""
        if entry.is_nullable:
            lines.append("if value is not None:")
            indent = "    "
        line = entry.inline.line
        if entry.inline.coerce is not None:
            bound[f"coerce{index}"] = entry.inline.coerce
            line = line.replace("coerce", f"coerce{index}")
        lines += [f"{indent}{line}", f"value{index} = value"]
        values.append(f"{entry.response_name!r}: value{index}")
    lines.append("return {" + ", ".join(values) + "}")
    read: ObjectReader = _object_reader_maker(tuple(bound), tuple(lines))(*bound.values())
    return read


@lru_cache(maxsize=_GENERATED_MAX)
def _object_reader_maker(bound: Sequence[str], lines: Sequence[str]) -> Callable[..., ObjectReader]:
    body = "".join(f"            {line}\n" for line in lines)
    make: Callable[..., ObjectReader] = _function(
        f"def make({', '.join(bound)}):\n"
        "    def read_object(source):\n"
        f"        try:\n{body}"
        "        except Exception:\n"
        "            return None\n"
        "    return read_object\n",
        "make",
    )
    return make


def column_reader(source: Property) -> ColumnReader:
    """A function that reads the property of many sources."""
    if source.attribute is None:
        return lambda sources: read_column(source.read, sources)
    return _attribute_reader(source.attribute)


@lru_cache(maxsize=_GENERATED_MAX)
def _attribute_reader(name: str) -> ColumnReader:
    """Twice as fast as `attrgetter`, which is there for when an attribute can't be read."""
    if not _is_name(name):
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


def _is_name(text: str) -> bool:
    return text.isidentifier() and not iskeyword(text)


def _function(text: str, name: str) -> Any:  # noqa: ANN401 - as the text says
    namespace: dict[str, Any] = {}
    exec(text, namespace)  # noqa: S102 - of names that were checked to be names
    return namespace[name]
