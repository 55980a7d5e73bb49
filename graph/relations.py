"""Relations: fields whose value a loader finds by a key of the parent.

Declared on the type, in one way, so that an executor can see which loader and
key a field needs and load it for all parents at once.
"""

import asyncio
import inspect
from collections.abc import Awaitable, Callable, Hashable, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Any, Final

import strawberry
from strawberry.types import Info

from graph.loading import AnyLoader

RELATION: Final = "relation"
LOOKUP: Final = "lookup"
# A root field's resolver as `call(parent, context, arguments)`, if it needs no more than that.
FUNCTION: Final = "function"


@dataclass(frozen=True, slots=True, kw_only=True)
class Relation:
    """How a field's value is found: `key(parent)` is given to the loader, None loads nothing."""

    loader: type[AnyLoader]
    key: Callable[[Any], Hashable | None]
    # The parent's attribute that is the key, if it is one.
    attribute: str | None
    arguments: Callable[..., Hashable] | None


def relation(
    loader: type[AnyLoader],
    *,
    key: str | Callable[[Any], Hashable | None],
    description: str,
    arguments: Callable[..., Hashable] | None = None,
) -> Any:  # noqa: ANN401 - the class's annotation is the field's type
    """A field that the loader answers.

    `key` is an attribute of the parent or a function of it. `arguments` declares the
    field's GraphQL arguments by its signature and returns the loader's arguments.
    """
    declared = Relation(
        loader=loader,
        key=attrgetter(key) if isinstance(key, str) else key,
        attribute=key if isinstance(key, str) else None,
        arguments=arguments,
    )
    return strawberry.field(
        resolver=_resolver(declared), description=description, metadata={RELATION: declared}
    )


@dataclass(frozen=True, slots=True)
class Lookup:
    """What a root field's arguments name: a key of a loader with its arguments."""

    loader: type[AnyLoader]
    arguments: Hashable
    key: Hashable


def lookup(
    find: Callable[..., Lookup],
    *,
    graphql_type: Any,  # noqa: ANN401 - a type or an optional one
    description: str,
) -> Any:  # noqa: ANN401 - the field of a root type
    """A root field whose arguments alone say what to load.

    `find` declares the field's GraphQL arguments by its signature.
    """

    def resolve(info: Info, **given: Any) -> Awaitable[Any]:  # noqa: ANN401
        found = find(**given)
        loaders = info.context.loaders
        loaded: Awaitable[Any] = loaders.get(found.loader, found.arguments).load(found.key)
        return asyncio.shield(loaded)

    positional = inspect.Parameter.POSITIONAL_OR_KEYWORD
    _declare(
        resolve,
        [
            inspect.Parameter("info", positional, annotation=Info),
            *inspect.signature(find).parameters.values(),
        ],
    )
    return strawberry.field(
        resolver=resolve,
        graphql_type=graphql_type,
        description=description,
        metadata={LOOKUP: find},
    )


def _resolver(declared: Relation) -> Callable[..., Awaitable[Any] | None]:
    def resolve(root: Any, info: Info, **given: Any) -> Awaitable[Any] | None:  # noqa: ANN401
        key = declared.key(root)
        if key is None:
            return None
        arguments = None if declared.arguments is None else declared.arguments(**given)
        loaded: Awaitable[Any] = info.context.loaders.get(declared.loader, arguments).load(key)
        # graphql-core cancels the siblings of a field that fails; others wait for this value too.
        return asyncio.shield(loaded)

    positional = inspect.Parameter.POSITIONAL_OR_KEYWORD
    parameters = [
        inspect.Parameter("root", positional, annotation=Any),
        inspect.Parameter("info", positional, annotation=Info),
    ]
    if declared.arguments is not None:
        parameters += inspect.signature(declared.arguments).parameters.values()
    _declare(resolve, parameters)
    return resolve


def _declare(resolve: Callable[..., Any], parameters: Sequence[inspect.Parameter]) -> None:
    resolve.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    resolve.__annotations__ = {p.name: p.annotation for p in parameters}
