"""Environments as they are declared take the place of those that are there."""

import pytest

from longshore.delivery.environments import applying, operating
from longshore.delivery.environments.applying import Planned
from longshore.delivery.environments.deploying import version
from longshore.delivery.environments.desired import desired
from longshore.delivery.environments.environment import Environment
from longshore.delivery.errors import Blocked
from longshore.delivery.rollouts.services import Service
from longshore.oci.names import RepositoryName
from longshore.registry.directory import Wanted
from longshore.registry.refusals import Exists, Invalid, Unknown
from tests.delivery.environments.yard import APP, WEB, Yard, digest, environment

JOB = RepositoryName("team/job")
STAGING = environment("staging", follow="master")
PRODUCTION = environment("production", promote_from="staging")


async def test_a_plan_says_what_changes_and_changes_nothing(yard: Yard) -> None:
    both = [STAGING, PRODUCTION]
    planned = await yard.metadata.read(applying.plan, both)
    assert planned == [Planned("staging", "create"), Planned("production", "create")]
    assert await yard.metadata.read(lambda tx: tx.environments.page("", 9)) == []
    assert await yard.apply(*both) == planned
    changed = environment("staging", follow="develop", min_age=5)
    assert await yard.metadata.read(applying.plan, [changed, PRODUCTION]) == [
        Planned("staging", "change", ("follow", "min_age")),
        Planned("production", "keep"),
    ]


async def test_applying_again_changes_nothing(yard: Yard) -> None:
    await yard.push(1, "master")
    await yard.apply(STAGING)
    before = await yard.metadata.read(lambda tx: tx.environments.find("staging"))
    lines = await yard.history("staging")
    assert await yard.apply(STAGING) == [Planned("staging", "keep")]
    assert await yard.metadata.read(lambda tx: tx.environments.find("staging")) == before
    assert await yard.history("staging") == lines


async def test_who_declares_is_in_the_history_and_in_the_audit_log(yard: Yard) -> None:
    await yard.apply(STAGING)
    await yard.apply(environment("staging", follow="develop"))
    found = [(line.act, line.who, line.reason) for line in await yard.history("staging")]
    assert found == [("create", "kees", ""), ("change", "kees", "follow")]
    entries = await yard.metadata.read(lambda tx: tx.audit.page(0, 9, Wanted(target="staging")))
    assert [entry.action for entry in entries] == ["environment.create", "environment.change"]


async def test_a_hold_and_a_freeze_outlive_a_change(yard: Yard) -> None:
    await yard.apply(STAGING)
    await yard.push(1, "master")
    await yard.write(operating.pin, "staging", operating.Wish())
    await yard.write(operating.freeze, "staging", "", None)
    await yard.push(2, "develop")
    await yard.apply(environment("staging", follow="develop"))
    assert await yard.runs("staging") == digest(1)
    assert await yard.waits("staging") == ("held", "frozen")


async def test_agents_are_told_of_changed_services(yard: Yard) -> None:
    await yard.apply(STAGING)
    await yard.push(1, "master")

    async def told() -> tuple[int, int]:
        generation = (await yard.metadata.read(desired, "staging")).generation
        return generation, await yard.metadata.read(version)

    before = await told()
    await yard.apply(environment("staging", follow="master", min_age=1))
    assert await told() == before
    await yard.apply(Environment("staging", (Service("web", APP, user="1000"),), follow="master"))
    after = await told()
    assert after[0] > before[0]
    assert after[1] > before[1]


async def test_an_image_that_is_no_longer_declared_is_let_go(yard: Yard) -> None:
    await yard.apply(Environment("staging", (WEB, Service("job", JOB)), follow="master"))
    await yard.push(1, "master")
    await yard.push(2, "master", repository=JOB)
    holders = [
        await yard.metadata.read(lambda tx, n=n, r=r: tx.pins.holder(r, digest(n)))  # type: ignore[misc]
        for n, r in ((1, APP), (2, JOB))
    ]
    assert holders == ["environment staging"] * 2
    await yard.apply(STAGING)
    assert await yard.metadata.read(lambda tx: tx.pins.holder(JOB, digest(2))) is None
    assert await yard.metadata.read(lambda tx: tx.pins.holder(APP, digest(1)))
    assert [
        one.service.name for one in (await yard.metadata.read(desired, "staging")).services
    ] == ["web"]
    [ended] = await yard.metadata.read(lambda tx: tx.deployments.latest("staging", JOB, None, 9))
    assert ended.ended_at is not None


async def test_an_environment_is_removed_and_its_history_stays(yard: Yard) -> None:
    await yard.apply(STAGING, PRODUCTION)
    await yard.push(1, "master")
    with pytest.raises(Blocked, match="production is promoted to from it"):
        await yard.write(applying.remove, "staging")
    await yard.write(applying.remove, "production")
    await yard.write(applying.remove, "staging")
    assert await yard.metadata.read(lambda tx: tx.pins.holder(APP, digest(1))) is None
    assert await yard.acts("staging") == ["create", "deploy", "remove"]
    with pytest.raises(Unknown):
        await yard.write(applying.remove, "staging")
    await yard.apply(STAGING)
    assert await yard.runs("staging") == digest(1)


async def test_what_does_not_go_together_is_refused_whole(yard: Yard) -> None:
    for wrong, told in (
        ([PRODUCTION], "there is no such environment"),
        ([STAGING, STAGING], "staging is declared twice"),
        ([STAGING, environment("staging2", promote_from="x")], "no such environment"),
    ):
        with pytest.raises(Invalid, match=told):
            await yard.apply(*wrong)
    assert await yard.metadata.read(lambda tx: tx.environments.page("", 9)) == []


async def test_there_are_only_so_many(yard: Yard, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(applying, "AT_ONCE", 1)
    await yard.apply(STAGING)
    with pytest.raises(Invalid, match="at most 1 environments"):
        await yard.apply(environment("another"))
    await yard.apply(environment("staging"))


async def test_what_is_to_be_new_must_not_be_there(yard: Yard) -> None:
    await yard.write(applying.apply, [STAGING], is_new=True)
    for rule in (applying.plan, applying.apply):
        with pytest.raises(Exists, match="an environment staging already"):
            await yard.write(rule, [environment("new"), environment("staging")], is_new=True)
    await yard.write(applying.plan, [environment("new")], is_new=True)
