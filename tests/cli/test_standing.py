"""How environments stand, as people read it within 80 columns."""

import pytest

from longshore.cli import standing
from longshore.cli.tables import when
from longshore.delivery.environments.deployments import Freeze, Hold
from longshore.delivery.environments.records import Agent
from longshore.registry.history import Origin
from tests.cli.stood import NOW, ONE, TWO, Stood, waiting

FROM_DEVELOP = Origin("0ff1ce0ff1ce0ff1ce", branch="develop")


@pytest.fixture(autouse=True)
def terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("TZ", "UTC")


def lines(*stood: Stood) -> list[str]:
    return standing.lines([one.reply for one in stood])


def told(stood: Stood) -> str:
    """All of it, without its line breaks."""
    return " ".join(" ".join(lines(stood)).split())


def test_what_runs_is_told_with_its_commit_and_its_hosts() -> None:
    found = lines(Stood.new().running(FROM_DEVELOP).told("healthy"))
    assert [line.split() for line in found] == [
        ["ENVIRONMENT", "IMAGE", "COMMIT", "SINCE", "STATE"],
        ["staging", "team/app:develop", "0ff1ce0f", "1970-01-01", "00:01", "pending"],
        [f"({ONE.hex[:12]})"],
        [],
        ["ENVIRONMENT", "HOST", "SERVICE", "RUNS", "STATE"],
        ["staging", "web-1", "web", "develop", "healthy"],
    ]


def test_a_branch_is_told_where_the_tag_is_not_its_name() -> None:
    assert "0ff1ce0f feature/x" in told(Stood.new().running(Origin("0ff1ce0ff", "", "feature/x")))
    assert told(Stood.new().running(FROM_DEVELOP)).count("develop") == 1


def test_where_nothing_is_yet_it_is_told_what_to_do() -> None:
    assert standing.lines([]) == ["There are no environments yet: `longshore env create NAME`."]
    found = told(Stood.new())
    assert "team/app nothing yet" in found
    assert "team/app is not there yet: it follows develop" in found
    assert "no host runs it yet: `longshore env join-code staging` lets one join" in found
    joined = told(Stood.new().joined(Agent("staging", "web-9", seen_at=NOW)))
    assert "web-9 nothing said yet" in joined
    assert "no host" not in joined


def test_a_host_tells_how_far_it_is() -> None:
    running = Stood.new().running()
    failed = told(running.told("failed", "Traceback:\nexit code 1\n", digest=TWO))
    assert f"web {TWO.hex[:12]} failed" in failed
    assert "staging: web on web-1 says: exit code 1" in failed
    assert "web develop healthy, behind" in told(running.told("healthy", deployment=6))
    assert f"lost, last heard of {when('1970-01-01T00:00:01+00:00')}" in told(
        running.told("healthy", at=1000)
    )
    lost = Agent("staging", "web-9", seen_at=1000, lost_at=2000)
    assert "web-9 lost, last heard of" in told(running.joined(lost))


def test_what_keeps_it_from_changing_is_told_with_what_to_do() -> None:
    frozen = told(Stood.new().frozen(Freeze("kees", 5, "incident 7", NOW + 60_000)))
    assert "frozen by kees until 1970-01-01 02:47: incident 7: `longshore unfreeze" in frozen
    hold = Hold("rollback", "kees", 5, "slow")
    held = told(Stood.new().running(hold=hold))
    assert "team/app is on hold since the rollback by kees (slow): `longshore resume" in held
    waits = waiting("held", text="on hold since the rollback by kees (slow)")
    assert told(Stood.new().running(hold=hold, waiting=waits)).count("on hold") == 1
    unapproved = waiting("unapproved", text="it awaits 1 of 2 approvals")
    awaits = told(Stood.new().running(waiting=unapproved))
    assert f"team/app:develop ({TWO.hex[:12]}) waits: it awaits 1 of 2 approvals" in awaits
    assert "`longshore approve staging`" in awaits


def test_it_stays_within_the_terminal() -> None:
    long = waiting("unverified", text="production has not verified it; " * 5)
    found = lines(Stood.new().running(FROM_DEVELOP, waiting=long).told("failed", "x y " * 60))
    assert max(map(len, found)) <= 80


def test_a_fact_has_the_same_name_when_it_has_changed() -> None:
    before = standing.facts(Stood.new().running().told("starting").reply)
    after = standing.facts(Stood.new().running().told("healthy").reply)
    assert before.keys() == after.keys()
    [changed] = [text for about, text in after.items() if before[about] != text]
    assert changed == "staging: web-1 web develop healthy"
