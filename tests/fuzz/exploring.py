"""How a fuzzer goes through its examples: each from a seed of its own, which a failure tells."""

import functools
from collections.abc import Callable
from random import Random

from tests.depth import SEED

Explore = Callable[[Random], None]


def examples(count: int) -> Callable[[Explore], Callable[[], None]]:
    """Have a function called with so many examples; the first that fails ends it."""

    def decorate(explore: Explore) -> Callable[[], None]:
        @functools.wraps(explore)
        def go() -> None:
            for number in range(count):
                try:
                    explore(Random(f"{SEED} {explore.__qualname__} {number}"))
                except BaseException as problem:
                    problem.add_note(f"SEED={SEED}, example {number}")
                    raise

        return go

    return decorate
