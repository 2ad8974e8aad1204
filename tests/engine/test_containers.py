"""What an engine refuses that is still at what somebody asked of it, who was killed since."""

from http import HTTPStatus
from typing import cast

import docker
import pytest
import requests
from docker.errors import APIError, NotFound

from longshore.engine import containers
from longshore.engine.containers import Conflict, Containers, settled


class Engine:
    """One that removes a container, and refuses to do so a second time meanwhile."""

    def __init__(self, looks: int) -> None:
        self.looks = looks

    def remove_container(self, which: str, *, v: bool, force: bool) -> None:
        assert (v, force) == (False, True)
        self.looks -= 1
        if self.looks < 0:
            raise NotFound(f"no such container: {which}")
        refusal = requests.Response()
        refusal.status_code = HTTPStatus.CONFLICT
        raise APIError("refused", refusal, f"removal of {which} is already in progress")

    def stop(self, which: str, timeout: int) -> None:
        assert timeout > 0
        raise NotFound(f"no such container: {which}")


def of(engine: Engine) -> Containers:
    return Containers(cast("docker.APIClient", engine))


def test_what_is_under_way_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(containers, "PAUSE", 0)
    engine = Engine(looks=2)
    settled(lambda: of(engine).remove("web"))
    assert engine.looks == -1


def test_what_stays_in_the_way_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(containers, "BUSY", 0)
    with pytest.raises(Conflict, match="already in progress"):
        settled(lambda: of(Engine(looks=9)).remove("web"))


def test_one_that_is_gone_meanwhile_has_stopped() -> None:
    there = {
        "Id": "web",
        "Config": {},
        "State": {"Running": True},
        "HostConfig": {"AutoRemove": True},
    }
    of(Engine(looks=0)).stop(there)
