"""A registry that runs, and a checkout whose images go there."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.checkouts import Checkout
from tests.client.registries import running


@pytest.fixture(scope="module")
def longshore_host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with running("longshore", tmp_path_factory.mktemp("longshore")) as host:
        yield host


@pytest.fixture
def checkout(tmp_path: Path, longshore_host: str) -> Checkout:
    return Checkout(tmp_path, longshore_host)
