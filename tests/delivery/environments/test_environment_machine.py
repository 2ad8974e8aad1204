"""Whatever is done to environments, in any order: what must never happen does not."""

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.backends import METADATA
from tests.delivery.environments.environment_machine import Shipping
from tests.depth import part

EXAMPLES = 150
SOAK = 50  # times as many


def drive(backend: str, examples: int) -> None:
    machine = type("Machine", (Shipping,), {"backend": backend})
    bounds = settings(
        max_examples=examples,
        stateful_step_count=40,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(machine, settings=bounds)


def test_whatever_is_done_keeps_the_rules() -> None:
    drive("memory", part(EXAMPLES))


@pytest.mark.soak
@pytest.mark.parametrize("backend", METADATA)
def test_whatever_is_done_for_long_keeps_the_rules(backend: str) -> None:
    drive(backend, SOAK * EXAMPLES if backend == "memory" else 5 * EXAMPLES)
