"""The rules against the model, on every backend, with a grace or an undelete window or without."""

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.backends import METADATA
from tests.depth import part
from tests.registry.machine import Rules

EXAMPLES = {"memory": 20, "sqlite": 20}
SOAK = 100  # times as many


PERIODS = [(1_000_000, 0), (0, 0), (1_000_000, 4_000_000), (0, 3_000_000)]  # grace and window, ms


def drive(backend: str, grace: int, window: int, examples: int) -> None:
    machine = type("Machine", (Rules,), {"backend": backend, "grace": grace, "window": window})
    bounds = settings(
        max_examples=examples,
        stateful_step_count=40,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(machine, settings=bounds)


@pytest.mark.parametrize(("grace", "window"), PERIODS)
@pytest.mark.parametrize("backend", METADATA)
def test_whatever_is_done_is_as_the_model_says(backend: str, grace: int, window: int) -> None:
    drive(backend, grace, window, part(EXAMPLES.get(backend, 15)))


@pytest.mark.soak
@pytest.mark.parametrize(("grace", "window"), PERIODS)
@pytest.mark.parametrize("backend", METADATA)
def test_whatever_is_done_for_long(backend: str, grace: int, window: int) -> None:
    drive(backend, grace, window, SOAK * EXAMPLES.get(backend, 15))
