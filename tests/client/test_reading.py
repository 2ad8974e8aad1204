"""Reading logs through a server: what hosts answer, in which order, and who does not."""

from dataclasses import dataclass, field
from itertools import islice
from typing import Any, cast

import msgspec
import pytest

from longshore.client import reading
from longshore.client.errors import Unreachable
from longshore.client.logs import Line, Told, seal
from longshore.client.management import Management
from longshore.client.patience import Patience
from longshore.client.reading import LOST, SILENT, Answer, Reading, Wish, rfc3339
from longshore.registry.refusals import Unknown

WISH = Wish("web", 100, None, ())


@dataclass
class Hosts:
    """A server, and hosts that each say the next of what they have to say; then they are silent."""

    says: dict[str, list[Told]]
    lost: tuple[str, ...] = ()
    wished: Any = None
    asked: list[Any] = field(default_factory=list)
    waits: list[float] = field(default_factory=list)
    waiting: set[str] = field(default_factory=set)
    fails: int = 0

    def ask(self, method: str, path: str, body: Any = None, *, wait: float = 0.0) -> Any:
        assert path.startswith("/environments/staging/logs")
        if path.endswith("/logs"):
            self.wished = body
            self.waiting = set(self.says)
            return {"id": "me", "hosts": sorted(self.says), "lost": list(self.lost)}
        assert path.endswith("/logs/me")
        if method == "POST":
            self.asked.append(body)
            self.waiting |= body["after"].keys()
            return None
        self.waits.append(wait)
        if self.fails:
            self.fails -= 1
            raise Unreachable("nobody answers")
        return self._taken()

    def _taken(self) -> Any:
        answering = sorted(host for host in self.waiting if self.says[host])
        self.waiting -= set(answering)
        answers = [
            {
                "host": host,
                "content": seal(
                    self.says[host].pop(0), self.wished["key"], f"staging/{host}", 9999
                ),
            }
            for host in answering
        ]
        encoded = msgspec.json.encode({"answers": answers, "waiting": sorted(self.waiting)})
        return msgspec.json.decode(encoded)


@pytest.fixture(autouse=True)
def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("PACE", "ANSWERS_WITHIN", "HOST_WAITS"):
        monkeypatch.setattr(reading, name, 0)
    monkeypatch.setattr(reading, "PATIENCE", Patience(attempts=3, first=0.0, longest=0.0))


def opened(hosts: Hosts) -> Reading:
    return Reading(cast("Management", hosts), "staging")


def told(*texts: str, cursor: int = 1) -> Told:
    return Told(tuple(Line(at, "web", text) for at, text in enumerate(texts)), cursor)


def test_every_host_is_told_of_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "ANSWERS_WITHIN", 60)
    hosts = Hosts({"a": [told("one")], "b": [told("two")]}, lost=("c",))
    wish = WISH._replace(since=60, hosts=("a", "b", "c"))
    found = list(opened(hosts).lines(wish, follows=False))
    assert found == [
        Answer("c", Told(problem=LOST)),
        Answer("a", told("one")),
        Answer("b", told("two")),
    ]
    wished = {"service": "web", "tail": 100, "since": 60, "hosts": ("a", "b", "c")}
    assert {name: hosts.wished[name] for name in wished} == wished
    assert hosts.asked == []


def test_who_does_not_answer_in_time_is_told_of() -> None:
    hosts = Hosts({"a": [told("one")], "b": []})
    found = list(opened(hosts).lines(WISH, follows=False))
    assert found == [Answer("a", told("one")), Answer("b", Told(problem=SILENT))]
    assert all(wait <= reading.LONG_POLL for wait in hosts.waits)


def test_who_follows_asks_each_host_for_what_it_has_not_seen() -> None:
    says = {"a": [told("1", cursor=5), told("2", cursor=8)], "b": [told("3", cursor=6)]}
    hosts = Hosts(says)
    lines = opened(hosts).lines(WISH, follows=True)
    found = list(islice(lines, 4))
    assert [answer.host for answer in found] == ["a", "b", "a", "b"]
    assert found[-1].told.problem == SILENT
    assert [each["after"] for each in hosts.asked] == [{"a": 5, "b": 6}]
    next(lines)
    assert hosts.asked[-1]["after"] == {"a": 8, "b": 6}, "it may come back"


def test_a_host_that_says_anothers_words_is_not_believed() -> None:
    hosts = Hosts({"a": [told("one")]})
    with pytest.raises(Exception, match="can not be opened"):
        list(Reading(cast("Management", Elsewhere(hosts)), "staging").lines(WISH, follows=False))


@pytest.mark.parametrize("fails", [2, 3])
def test_a_server_that_starts_again_is_waited_for(fails: int) -> None:
    hosts = Hosts({"a": [told("one")]}, fails=fails)
    lines = opened(hosts).lines(WISH, follows=False)
    if fails < 3:
        assert next(lines) == Answer("a", told("one"))
        return
    with pytest.raises(Unreachable):
        list(lines)


@dataclass
class Elsewhere:
    """A server that takes what one host says for another's."""

    hosts: Hosts

    def ask(self, *words: Any, **query: Any) -> Any:
        reply = self.hosts.ask(*words, **query)
        for answer in (reply or {}).get("answers", ()):
            answer["host"] = "b"
        return reply


def test_an_environment_has_a_name() -> None:
    with pytest.raises(Unknown):
        Reading(cast("Management", Hosts({})), "a/b")


def test_times_are_told_to_the_nanosecond() -> None:
    assert rfc3339(1764010800_000000042) == "2025-11-24T19:00:00.000000042Z"
