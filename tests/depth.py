"""How deep the tests go: to the bottom in CI, elsewhere as far as a developer likes to wait.

Decides, for a test of many cases of one thing, how many it takes; a soak takes all that there are.
"""

import os
import random
from collections.abc import Sequence
from typing import TypeVar

IS_CI = os.environ.get("CI") == "true"
STEPS = 4  # so much deeper it is in CI
DEPTH = STEPS if IS_CI else 1

# In CI what is tried is the same each time; elsewhere another seed is another run.
SEED = int(os.environ.get("SEED", "0")) or (1 if IS_CI else random.SystemRandom().getrandbits(32))

_Case = TypeVar("_Case")


def some(cases: Sequence[_Case]) -> Sequence[_Case]:
    """All of them in CI; elsewhere every fourth, and not in each run the same."""
    return cases if IS_CI else cases[SEED % STEPS % len(cases) :: STEPS]


def part(count: int) -> int:
    """As many in CI; elsewhere a fourth of them, and one at least."""
    return count if IS_CI else -(-count // STEPS)
