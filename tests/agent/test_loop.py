"""The agent's loop: what is due runs, is told, and goes on while nobody answers."""

import threading

import pytest

from longshore.agent import loop, polling
from longshore.agent.loop import Agent, Reporter
from longshore.agent.ports import Due, Report, Unreachable
from longshore.client.patience import Patience
from longshore.delivery.rollouts.execution import Unavailable
from longshore.delivery.rollouts.release import Release
from longshore.delivery.rollouts.services import Service
from tests.agent.desk import Desk
from tests.delivery.rollouts.dock import Dock
from tests.delivery.rollouts.material import IMAGE, OTHER_IMAGE

WEB = Service("web", "team/web")
FIRST = Due(1, (Release(WEB, IMAGE, 1),))
SILENCE = Unreachable("the server does not answer")
SECOND = Due(2, (Release(WEB, OTHER_IMAGE, 2),))


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(polling, "PATIENCE", Patience(first=0.0, longest=0.0))


def lived(desk: Desk, there: Dock) -> dict[str, str]:
    """Let an agent live until the desk has no more to say; return what runs then."""
    Agent(desk, there, there, desk, desk.said.append).run(desk.end)
    return {each.name: each.image for each in there.running()}


def test_it_keeps_what_is_due() -> None:
    desk = Desk([FIRST, FIRST, SECOND])
    assert lived(desk, Dock()) == {"web": OTHER_IMAGE}
    assert desk.asked == [None, 1, 1, 2]
    assert desk.due == SECOND


def test_what_runs_goes_on_while_nobody_answers() -> None:
    desk, there = Desk([FIRST, SILENCE, SILENCE]), Dock()
    assert lived(desk, there) == {"web": IMAGE}
    assert desk.asked == [None, 1, 1, 1]


def test_whoever_reads_along_is_told_once() -> None:
    desk = Desk([SILENCE, SILENCE, FIRST, FIRST, SILENCE])
    lived(desk, Dock())
    told = "nobody says what is due: the server does not answer"
    assert desk.said == [told, "web 1: starting", "web 1: healthy", told]


def test_a_memory_that_is_full_stops_nothing() -> None:
    class Full(Desk):
        def write(self, due: Due) -> None:
            raise Unavailable(f"there is no room for {due.generation}")

    desk = Full([FIRST])
    assert lived(desk, Dock()) == {"web": IMAGE}
    assert "no room for 1" in desk.said[0]


def test_nothing_new_leaves_all_as_it_is() -> None:
    desk = Desk([FIRST, None, None])
    assert lived(desk, Dock()) == {"web": IMAGE}
    assert desk.asked == [None, 1, 1, 1]


def test_it_starts_with_what_was_last_due() -> None:
    desk = Desk([SILENCE], due=FIRST)
    assert lived(desk, Dock()) == {"web": IMAGE}


def test_where_nothing_was_ever_due_nothing_is_done() -> None:
    there = Dock()
    assert lived(Desk([SILENCE, SILENCE]), there) == {}
    assert there.steps == []


class Heard(Desk):
    """Lets a test wait until something was told."""

    def __init__(self, deaf: int = 0) -> None:
        super().__init__([], deaf=deaf)
        self.was_told = threading.Semaphore(0)

    def report(self, reports: object) -> None:
        super().report(reports)  # type: ignore[arg-type]  # passed on
        self.was_told.release()


def test_news_are_told_at_once_until_somebody_hears_them() -> None:
    desk = Heard(deaf=3)
    reporter = Reporter(desk)
    telling = threading.Thread(target=reporter.run, args=(desk.end,))
    telling.start()
    healthy = Report("web", 1, "healthy", IMAGE)
    reporter.tell(healthy)
    assert desk.was_told.acquire(timeout=20)
    reporter.tell(healthy)
    starting = Report("web", 2, "starting", IMAGE)
    reporter.tell(starting)
    assert desk.was_told.acquire(timeout=20)
    desk.end.set()
    reporter.wake()
    telling.join()
    assert desk.told == [{"web": healthy}, {"web": starting}]


def test_what_is_known_is_told_again_without_news(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loop, "HEARTBEAT", 0.01)
    desk = Heard()
    reporter = Reporter(desk)
    telling = threading.Thread(target=reporter.run, args=(desk.end,))
    telling.start()
    reporter.tell(Report("web", 1, "healthy", IMAGE))
    for _ in range(3):
        assert desk.was_told.acquire(timeout=20)
    desk.end.set()
    telling.join()
