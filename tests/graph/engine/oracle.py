"""Many comparisons with graphql-core: `python -m tests.graph.engine.oracle --examples 20000`."""

import argparse
import asyncio
import sys
import time
from collections.abc import Mapping, Sequence
from random import Random
from typing import Final

from tests.graph.engine.comparison import Oracle
from tests.graph.engine.generated_operations import walked_operation
from tests.graph.engine.nasty_schema import Loaders, NastySchema, a_root

LITERALS: Final[Mapping[str, Sequence[str]]] = {
    "seed": [str(number) for number in range(9)],
    "prefix": ['"a"', "null"],
}


async def compare_nasty(examples: range, *, has_delays: bool) -> None:
    """Fail with the seed of an operation whose results differ; every fourth is a mutation."""
    nasty = NastySchema(has_delays=has_delays)
    oracle = Oracle(nasty.schema, nasty, Loaders)
    for seed in examples:
        random = Random(seed)  # noqa: S311 - no secret
        operation = walked_operation(
            nasty.schema, random, literals=LITERALS, is_mutation=seed % 4 == 0
        )
        root = a_root(random.randrange(10_000))
        try:
            await oracle.require_same(operation, root_value=root, is_ordered=not has_delays)
        except AssertionError as error:
            error.add_note(f"example {seed}, delays: {has_delays}\n{operation}")
            raise


def main() -> None:
    """Compare as often as told."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--examples", type=int, default=1_000)
    parser.add_argument("--first", type=int, default=1_000_000, help="the first example's seed")
    told = parser.parse_args()
    # graphql-core drops coroutines of its own when an error cuts a list short.
    sys.unraisablehook = lambda _: None
    examples = range(told.first, told.first + told.examples)
    for has_delays in (False, True):
        started = time.monotonic()
        asyncio.run(compare_nasty(examples, has_delays=has_delays))
        kind = "with delays" if has_delays else "without delays"
        seconds = time.monotonic() - started
        print(f"{told.examples} operations {kind}: no difference, {seconds:.0f} s")  # noqa: T201


if __name__ == "__main__":
    main()
