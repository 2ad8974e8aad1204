"""What hosts report, and what follows: healthy, failed and taken back, verified for the next."""

import pytest

from longshore.delivery.environments import reporting
from longshore.delivery.environments.deployments import Condition, Deployment, Report
from longshore.delivery.environments.desired import status
from longshore.delivery.environments.environment import Environment
from longshore.delivery.environments.operating import Wish, pin
from longshore.delivery.environments.reporting import LOST_AFTER, verdict
from longshore.delivery.rollouts.services import Service
from longshore.registry.refusals import Invalid, Unknown
from tests.delivery.environments.yard import APP, WEB, Yard, digest, environment

FOLLOWING = environment("staging", follow="master")
NOW = 10**9


async def test_what_fails_is_taken_back_at_once_and_not_tried_again(yard: Yard) -> None:
    await yard.apply(FOLLOWING)
    await yard.push(1, "master")
    await yard.report("staging")
    await yard.push(2, "master")
    await yard.report("staging", "failed")
    assert await yard.runs("staging") == digest(1)
    assert await yard.waits("staging") == ("failed",)
    await yard.push(2, "master", "another")
    assert await yard.runs("staging") == digest(1)
    await yard.push(3, "master")
    assert await yard.runs("staging") == digest(3)
    await yard.push(2, "master")
    assert await yard.waits("staging") == ("failed",)
    assert [each.cause for each in await yard.deployments("staging")] == [
        "follow",
        "follow",
        "undo",
        "follow",
    ]


async def test_what_was_healthy_when_it_was_replaced_is_gone_back_to(yard: Yard) -> None:
    await yard.apply(FOLLOWING)
    await yard.push(1, "master")
    await yard.report("staging")
    await yard.push(2, "master")
    second = await yard.state("staging")
    await yard.push(3, "master")
    await yard.report("staging", state=second)
    await yard.report("staging", "failed")
    assert await yard.runs("staging") == digest(2)
    assert [each.outcome for each in await yard.deployments("staging")][:3] == [
        "healthy",
        "healthy",
        "failed",
    ]
    lines = [line for line in await yard.history("staging") if line.act == "healthy"]
    assert lines[-1].reason == "heard of after it was replaced"


async def test_what_not_all_had_when_it_was_replaced_is_not_gone_back_to(yard: Yard) -> None:
    await yard.apply(FOLLOWING)
    await yard.push(1, "master")
    for host in ("one", "two"):
        await yard.report("staging", host=host)
    await yard.push(2, "master")
    second = await yard.state("staging")
    await yard.push(3, "master")
    await yard.report("staging", "starting", host="two")
    await yard.report("staging", host="one", state=second)
    await yard.report("staging", "failed", host="one")
    assert await yard.runs("staging") == digest(1)


async def test_who_asks_for_what_failed_gets_it(yard: Yard) -> None:
    await yard.apply(FOLLOWING)
    await yard.push(1, "master")
    await yard.report("staging")
    await yard.push(2, "master")
    await yard.report("staging", "failed")
    assert (await yard.deploy("staging", "master")).digest == digest(2)
    await yard.report("staging")
    await yard.push(1, "master")
    await yard.push(2, "master")
    assert await yard.runs("staging") == digest(2), "the last word on it was good"


async def test_the_first_that_fails_has_nothing_to_go_back_to(yard: Yard) -> None:
    await yard.apply(FOLLOWING)
    await yard.push(1, "master")
    await yard.report("staging", "failed")
    assert await yard.runs("staging") == digest(1)
    assert (await yard.deployments("staging"))[0].outcome == "failed"
    assert (await yard.deploy("staging", "master")).digest == digest(1)
    assert len(await yard.deployments("staging")) == 2


async def test_what_was_healthy_is_not_taken_back(yard: Yard) -> None:
    """It may be the database; whoever is called decides."""
    await yard.apply(FOLLOWING)
    for number in (1, 2):
        await yard.push(number, "master")
        await yard.report("staging")
    await yard.report("staging", "failed")
    assert await yard.runs("staging") == digest(2)
    await yard.report("staging")
    last = (await yard.deployments("staging"))[-1]
    assert (last.outcome, last.failed_at) == ("healthy", yard.time.now)
    assert (await yard.acts("staging"))[-3:] == ["healthy", "fail", "healthy"]


async def test_a_hold_outlives_a_failure(yard: Yard) -> None:
    await yard.apply(FOLLOWING)
    await yard.push(1, "master")
    await yard.report("staging")
    await yard.push(2, "1.0.0")
    await yard.write(pin, "staging", Wish(reference="1.0.0"))
    await yard.report("staging", "failed")
    assert await yard.runs("staging") == digest(1)
    await yard.push(3, "master")
    assert await yard.runs("staging") == digest(1)
    assert await yard.waits("staging") == ("held",)


async def test_the_next_environment_runs_what_was_verified_for_long_enough(yard: Yard) -> None:
    await yard.apply(
        environment("staging", follow="master", verified_after=600),
        environment("production", follow="master", promote_from="staging"),
    )
    await yard.push(1, "master")
    assert await yard.waits("production") == ("unverified",)
    await yard.advance(3600)
    await yard.report("staging", "starting")
    assert await yard.waits("production") == ("unverified",)
    await yard.report("staging")
    state = await yard.state("production")
    assert state.waiting
    assert state.waiting.text == "staging has verified it 1970-02-11 17:10 UTC"
    await yard.advance(599)
    assert await yard.runs("production") is None
    await yard.advance(1)
    assert await yard.runs("production") == digest(1)


async def test_what_was_replaced_too_early_was_not_verified(yard: Yard) -> None:
    await yard.apply(
        environment("staging", follow="develop", verified_after=600),
        environment("production", follow="master", promote_from="staging"),
    )
    await yard.push(1, "develop", "master")
    await yard.report("staging")
    await yard.advance(599)
    await yard.push(2, "develop")
    await yard.advance(3600)
    assert await yard.runs("production") is None


async def test_a_failure_takes_back_what_was_verified(yard: Yard) -> None:
    await yard.apply(
        environment("staging", follow="develop", verified_after=600),
        environment("production", follow="master", promote_from="staging"),
    )
    await yard.push(1, "develop")
    await yard.report("staging")
    await yard.advance(600)
    await yard.report("staging", "failed")
    await yard.push(1, "master")
    assert await yard.runs("production") is None
    await yard.report("staging")
    await yard.advance(599)
    assert await yard.runs("production") is None
    await yard.advance(1)
    assert await yard.runs("production") == digest(1)


async def test_every_host_and_every_service_has_to_be_healthy(yard: Yard) -> None:
    worker = Service("worker", APP)
    await yard.apply(Environment("staging", (WEB, worker), follow="master"))
    await yard.push(1, "master")

    async def outcome() -> str:
        return (await yard.deployments("staging"))[-1].outcome

    await yard.report("staging", host="a", service="web")
    assert await outcome() == "pending"
    await yard.report("staging", "starting", host="b", service="web")
    await yard.report("staging", host="a", service="worker")
    assert await outcome() == "pending"
    await yard.report("staging", host="b", service="web")
    assert await outcome() == "healthy"


def deployment() -> Deployment:
    return Deployment(7, "staging", APP, digest(1), "master", 0, "follow", "kees")


def said(host: str, state: Condition = "healthy", **more: object) -> Report:
    report = Report("staging", host, "web", 7, digest(1), state, NOW)
    return report._replace(**more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("reports", "expected"),
    [
        ([], "pending"),
        ([said("a")], "healthy"),
        ([said("a", "starting")], "pending"),
        ([said("a", "stopped")], "pending"),
        ([said("a", digest=digest(2))], "pending"),
        ([said("a", deployment=6)], "pending"),
        ([said("a"), said("b", deployment=6)], "pending"),
        ([said("a"), said("b", deployment=6, at=NOW - LOST_AFTER)], "healthy"),
        ([said("a"), said("b", "failed")], "failed"),
        ([said("a"), said("b", "failed", deployment=6)], "pending"),
        ([said("a"), said("a", "failed", service="job")], "healthy"),
        ([said("a"), said("b", "starting", at=0)], "pending"),
    ],
)
def test_a_verdict_is_what_all_hosts_that_are_there_say(
    reports: list[Report], expected: str
) -> None:
    assert verdict(deployment(), {"web"}, reports, NOW).outcome == expected


async def test_a_failure_has_the_last_words_of_what_failed(yard: Yard) -> None:
    await yard.apply(FOLLOWING)
    await yard.push(1, "master")
    log = "x" * 5000 + "\nno such file"
    report = Report("staging", "a", "web", 1, "", "failed", 0, log)
    await yard.write(reporting.report, "staging", "a", [report])
    line = (await yard.history("staging"))[-1]
    assert line.act == "fail"
    assert line.reason.startswith("web on a: xxx")
    assert line.reason.endswith("no such file")
    [kept] = (await yard.metadata.read(status, "staging")).reports
    assert len(kept.detail) == reporting.LONGEST_DETAIL
    assert kept.at == yard.time.now


async def test_a_host_that_is_gone_is_forgotten_and_holds_up_nobody(yard: Yard) -> None:
    await yard.apply(FOLLOWING)
    await yard.push(1, "master")
    await yard.report("staging", "starting", host="a")
    await yard.report("staging", host="b")
    await yard.write(reporting.remove_host, "staging", "a")
    assert (await yard.deployments("staging"))[-1].outcome == "healthy"
    with pytest.raises(Unknown):
        await yard.write(reporting.remove_host, "staging", "a")


async def test_what_can_not_be_is_not_reported(yard: Yard, monkeypatch: pytest.MonkeyPatch) -> None:
    await yard.apply(FOLLOWING)
    await yard.push(1, "master")
    with pytest.raises(Invalid, match="no name of a host"):
        await yard.report("staging", host="a b")
    await yard.report("staging", service="unknown")
    assert (await yard.metadata.read(status, "staging")).reports == []
    await yard.report("staging", host="a")
    monkeypatch.setattr(reporting, "MOST_HOSTS", 1)
    await yard.report("staging", host="a")
    with pytest.raises(Invalid, match="at most 1 hosts"):
        await yard.report("staging", host="b")


async def test_where_nothing_is_to_run_nothing_is_concluded(yard: Yard) -> None:
    await yard.apply(FOLLOWING)
    report = Report("staging", "a", "web", 0, "", "stopped", 0)
    await yard.write(reporting.report, "staging", "a", [report])
    found = await yard.metadata.read(status, "staging")
    assert [(one.state.repository, one.deployment) for one in found.images] == [(APP, None)]
    assert [one.state for one in found.reports] == ["stopped"]
