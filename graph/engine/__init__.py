"""A breadth-first executor for GraphQL schemas. README.md tells how it works."""

from graph.engine.collect_fields import fragments_of
from graph.engine.engine import Engine
from graph.engine.operation import Operation
from graph.engine.reference import Executor, ReferenceExecutor
from graph.engine.sources import (
    Arguments,
    CoerceColumn,
    Context,
    FieldSource,
    Function,
    Property,
    Relation,
    Resolver,
    ResolverSources,
    Source,
    Sources,
)

__all__ = [
    "Arguments",
    "CoerceColumn",
    "Context",
    "Engine",
    "Executor",
    "FieldSource",
    "Function",
    "Operation",
    "Property",
    "ReferenceExecutor",
    "Relation",
    "Resolver",
    "ResolverSources",
    "Source",
    "Sources",
    "fragments_of",
]
