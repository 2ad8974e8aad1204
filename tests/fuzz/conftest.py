"""A server for the fuzzers of a module, and how long they run."""

from collections.abc import Iterator

import pytest

from tests.api.secured import BEHIND_A_PROXY
from tests.depth import DEPTH
from tests.fuzz.guarded import Guarded
from tests.fuzz.target import Target
from tests.serving import Server

SOAK = 60


@pytest.fixture(params=[DEPTH, pytest.param(SOAK, marks=pytest.mark.soak)], ids=["some", "many"])
def depth(request: pytest.FixtureRequest) -> int:
    """Return by how much the number of examples is multiplied."""
    depth: int = request.param
    return depth


@pytest.fixture(scope="module")
def target(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    with Server(tmp_path_factory.mktemp("target") / "data") as server:
        yield Target(server)


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guarded]:
    with Server(tmp_path_factory.mktemp("guarded") / "data", options=BEHIND_A_PROXY) as server:
        yield Guarded(server)
    log = server.log.read_text(errors="replace")
    assert "Traceback" not in log
    assert '"level":"error"' not in log
