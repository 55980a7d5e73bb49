"""A breadth-first executor for GraphQL schemas. README.md tells how it works."""

from graph.engine.engine import Engine
from graph.engine.operation import Operation
from graph.engine.reference import Executor, ReferenceExecutor
from graph.engine.sources import (
    CoerceColumn,
    Context,
    FieldSource,
    Property,
    Relation,
    Resolver,
    ResolverSources,
    Source,
    Sources,
)

__all__ = [
    "CoerceColumn",
    "Context",
    "Engine",
    "Executor",
    "FieldSource",
    "Operation",
    "Property",
    "ReferenceExecutor",
    "Relation",
    "Resolver",
    "ResolverSources",
    "Source",
    "Sources",
]
