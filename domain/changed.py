"""Changed copies of entities, for what happens often: tasks that are moved and edited."""

from collections.abc import Callable
from dataclasses import fields
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar

__all__ = ["changed"]

E = TypeVar("E")

if TYPE_CHECKING:
    # So that names and types of fields are checked.
    from dataclasses import replace as changed
else:

    def changed(entity: E, **values: object) -> E:
        """The entity with other values in some fields, as `dataclasses.replace` makes it.

        A frozen dataclass takes each field through `object.__setattr__`, and `replace` passes all
        of them by name. Here they are copied from slot to slot of a draft, a class of the same
        layout that isn't frozen; giving it the entity's class makes it an entity.
        """
        entity_type = type(entity)
        draft = _draft_copier(entity_type)(entity)
        for name, value in values.items():
            setattr(draft, name, value)
        draft.__class__ = entity_type
        return draft


@cache
def _draft_copier(entity_type: type[E]) -> Callable[[E], Any]:
    names = [field.name for field in fields(entity_type)]  # type: ignore[arg-type]
    if tuple(names) != entity_type.__slots__ or hasattr(entity_type, "__post_init__"):  # type: ignore[attr-defined]
        raise TypeError(f"{entity_type.__name__} is more than its slots")
    copies = "".join(f"    draft.{name} = entity.{name}\n" for name in names)
    namespace: dict[str, Any] = {"Draft": type("Draft", (), {"__slots__": names})}
    # Made of field names alone, as a dataclass's own methods are.
    exec(f"def copied(entity):\n    draft = Draft()\n{copies}    return draft\n", namespace)  # noqa: S102
    copied: Callable[[E], Any] = namespace["copied"]
    return copied
