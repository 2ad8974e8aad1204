"""What an agent answers to questions about logs: from its engine, and to who asks alone."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from longshore.agent import logs, polling
from longshore.agent.logs import Listener
from longshore.agent.ports import Asked, Due, Question, Unreachable
from longshore.client.logs import Line, Reader, Told
from longshore.client.patience import Patience
from longshore.delivery.environments.logs import MOST_LINES
from longshore.delivery.rollouts.execution import Unavailable
from longshore.delivery.rollouts.release import Release
from longshore.delivery.rollouts.services import Service
from longshore.engine.inspection import Inspected
from longshore.engine.logs import SECOND, Written
from tests.agent.desk import Desk
from tests.delivery.rollouts.material import IMAGE

DUE = Due(1, (Release(Service("web", "team/web"), IMAGE, 1),))
READER = Reader()
QUESTION = Question(1, "web", READER.key, 100, None, 0, 0, 1 << 16)
ONE, TWO = Written(5, "web-a", "one"), Written(7, "web-a", "two")


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(polling, "PATIENCE", Patience(first=0.0, longest=0.0))
    monkeypatch.setattr(logs, "LOOK_AGAIN", 0.0)


@dataclass
class Somebody:
    """Asks what it was given to ask, then ends; keeps the answers it is given, opened."""

    questions: list[Asked | Unreachable | None] = field(default_factory=list)
    place: str = "staging/web-1"
    end: threading.Event = field(default_factory=threading.Event)
    knew: list[int] = field(default_factory=list)
    answers: dict[int, Told] = field(default_factory=dict)
    sizes: list[int] = field(default_factory=list)
    is_deaf: bool = False
    told: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))

    def asked(self, known: int, seconds: float) -> Asked | None:
        assert seconds > 0
        self.knew.append(known)
        if not self.questions:
            self.end.set()
            raise Unreachable("there is no more to ask")
        asked = self.questions.pop(0)
        if isinstance(asked, Unreachable):
            raise asked
        return asked

    def answer(self, number: int, content: bytes) -> None:
        if self.is_deaf:
            raise Unreachable("the server does not answer")
        self.sizes.append(len(content))
        self.answers[number] = READER.open(content, self.place)
        self.told.release()


@dataclass
class Engine:
    """Has lines to read: the first of `written` at the first look, and so on."""

    written: list[list[Written] | Exception] = field(default_factory=list)
    there: tuple[str, ...] = ("web-a",)
    looks: list[tuple[int, int]] = field(default_factory=list)

    def containers(self, service: Service) -> Sequence[Inspected]:
        assert service.name == "web"
        return [{"Id": each} for each in self.there]

    def read(self, containers: Sequence[Inspected], tail: int, after: int) -> list[Written]:
        assert containers
        self.looks.append((tail, after))
        found = self.written.pop(0) if self.written else []
        if isinstance(found, Exception):
            raise found
        return found


def told(engine: Engine, due: Due | None = DUE, **fields: Any) -> Told:
    somebody = Somebody()
    question = replace(QUESTION, **fields)
    Listener(somebody, engine, Desk([], due=due)).answer(question, threading.Event())
    return somebody.answers[question.id]


def test_the_last_lines_are_told_with_where_to_go_on() -> None:
    engine = Engine([[ONE, TWO]])
    found = told(engine, tail=1)
    assert found.lines == (Line(7, "web-a", "two"),)
    assert found.cursor > 7, "lines that come from now on are later than this moment"
    assert not found.problem
    assert not found.is_cut
    assert engine.looks == [(1, 0)]


def test_no_lines_can_be_wanted_but_those_to_come() -> None:
    assert told(Engine([[ONE]]), tail=0).lines == ()


def test_lines_of_the_last_seconds_are_told_by_the_hosts_own_clock() -> None:
    engine = Engine([[ONE]])
    found = told(engine, since=60)
    [(_, after)] = engine.looks
    assert abs(found.cursor - after - 60 * SECOND) < SECOND


def test_a_line_is_waited_for_as_long_as_somebody_wants() -> None:
    engine = Engine([[], [], [TWO]])
    found = told(engine, after=5, patience=60)
    assert (found.lines, found.cursor) == ((Line(7, "web-a", "two"),), 7)
    assert engine.looks == [(MOST_LINES, 5)] * 3
    assert told(Engine(), after=5) == Told(cursor=5)


def test_too_many_lines_are_cut_and_that_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logs, "MOST_LINES", 2)
    found = told(Engine([[ONE, TWO, TWO._replace(at=9)]]), after=3)
    assert [line.at for line in found.lines] == [7, 9]
    assert found.is_cut
    assert found.cursor == 9


def test_an_answer_has_no_more_bytes_than_it_may() -> None:
    lines: list[list[Written] | Exception] = [[Written(at, "web-a", "x" * 99) for at in range(99)]]
    somebody = Somebody()
    listener = Listener(somebody, Engine(lines), Desk([], due=DUE))
    listener.answer(replace(QUESTION, most=2000), threading.Event())
    assert somebody.sizes[0] <= 2000
    assert somebody.answers[1].is_cut
    assert somebody.answers[1].lines[-1].at == 98


@pytest.mark.parametrize(
    ("engine", "due", "problem"),
    [
        (Engine(), None, "this host is not to run web"),
        (Engine(), Due(1, ()), "this host is not to run web"),
        (Engine(there=()), DUE, "this host has no container of web"),
        (Engine([Unavailable("Docker Engine does not answer")]), DUE, "does not answer"),
    ],
)
def test_where_there_is_nothing_to_read_it_is_said_why(
    engine: Engine, due: Due | None, problem: str
) -> None:
    found = told(engine, due)
    assert found.lines == ()
    assert problem in found.problem


def test_questions_are_answered_beside_each_other_and_each_once() -> None:
    asked: list[Asked | Unreachable | None] = [
        Unreachable("the server does not answer"),
        Asked(2, (QUESTION, replace(QUESTION, id=2))),
        Asked(3, (replace(QUESTION, id=3),)),
        Asked(0, ()),
    ]
    somebody = Somebody(asked)
    Listener(somebody, Engine(), Desk([], due=DUE)).run(somebody.end)
    for _ in range(3):
        assert somebody.told.acquire(timeout=30)
    assert sorted(somebody.answers) == [1, 2, 3]
    assert somebody.knew == [0, 0, 2, 3, 0]


def test_where_there_is_no_room_to_wait_it_comes_again() -> None:
    somebody = Somebody([None, None])
    Listener(somebody, Engine(), Desk([], due=DUE)).run(somebody.end)
    assert somebody.knew == [0, 0, 0]


@pytest.mark.parametrize("somebody", [Somebody(is_deaf=True), Somebody(place="elsewhere")])
def test_who_can_not_be_answered_is_left_alone(somebody: Somebody) -> None:
    key = QUESTION.key if somebody.is_deaf else f"{'A' * 43}="
    Listener(somebody, Engine([[ONE]]), Desk([], due=DUE)).answer(
        replace(QUESTION, key=key), threading.Event()
    )
    assert somebody.answers == {}
