"""The rules against the model, on every backend, with a grace and without."""

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.backends import METADATA
from tests.registry.machine import Rules

EXAMPLES = {"memory": 30, "sqlite": 30}
SOAK = 100  # times as many


def drive(backend: str, grace: int, examples: int) -> None:
    machine = type("Machine", (Rules,), {"backend": backend, "grace": grace})
    bounds = settings(
        max_examples=examples,
        stateful_step_count=40,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(machine, settings=bounds)


@pytest.mark.parametrize("grace", [1_000_000, 0])
@pytest.mark.parametrize("backend", METADATA)
def test_whatever_is_done_is_as_the_model_says(backend: str, grace: int) -> None:
    drive(backend, grace, EXAMPLES.get(backend, 15))


@pytest.mark.soak
@pytest.mark.parametrize("grace", [1_000_000, 0])
@pytest.mark.parametrize("backend", METADATA)
def test_whatever_is_done_for_long(backend: str, grace: int) -> None:
    drive(backend, grace, SOAK * EXAMPLES.get(backend, 15))
