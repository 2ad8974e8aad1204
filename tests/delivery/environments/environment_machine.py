"""A machine that does anything to environments, in any order, and knows what must never happen."""

import asyncio
import contextlib
import shutil
import tempfile
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, TypeVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from longshore.delivery.environments import operating
from longshore.delivery.environments.deployments import Condition, Deployment, ImageState
from longshore.delivery.environments.desired import desired
from longshore.delivery.environments.operating import Wish
from longshore.oci.digest import Digest
from longshore.oci.errors import OCIError
from longshore.registry import garbage, manifests
from longshore.registry.refusals import Refusal
from tests.delivery.environments.declared import ALL, PRODUCTION, SOAK_TIME, STAGING
from tests.delivery.environments.known import Known
from tests.delivery.environments.yard import APP, SECOND, Yard, digest, environment, opened

T = TypeVar("T")

TAGS = ("develop", "master", "1.0.0", "1.0.1", "1.1.0")
PEOPLE = ("kees", "anna", "otto")
DAY = 86400

some_environment = st.sampled_from([each.name for each in ALL])
some_number = st.integers(0, 4)
some_tag = st.sampled_from(TAGS)
somebody = st.sampled_from(PEOPLE)


class Shipping(RuleBasedStateMachine):
    """`backend` is set by a class of its own for each."""

    backend = "memory"

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.folder = Path(tempfile.mkdtemp())
        self.exit = contextlib.ExitStack()
        self.yard: Yard = self.exit.enter_context(opened(self.backend, self.folder))
        self.known = {each.name: Known() for each in ALL}
        self.tags: dict[str, Digest] = {}

    def teardown(self) -> None:
        self.exit.close()
        self.loop.close()
        shutil.rmtree(self.folder)

    @property
    def now(self) -> int:
        return self.yard.time.now

    def run(self, work: Coroutine[Any, Any, Any]) -> bool:
        """Whether it was done, or refused; then what it led to is looked at."""
        self.age()
        try:
            self.loop.run_until_complete(work)
        except (Refusal, OCIError):
            return False
        finally:
            self.age()
        return True

    def get(self, work: Coroutine[Any, Any, Any]) -> Any:
        return self.loop.run_until_complete(work)

    def of_all(self, ask: Callable[[str], Coroutine[Any, Any, T]]) -> list[T]:
        """What there is of each environment, asked for in one go: a loop takes its time to run."""

        async def ask_all() -> list[T]:
            return [await ask(each.name) for each in ALL]

        return self.loop.run_until_complete(ask_all())

    def age(self) -> None:
        """What time alone has shown: staging has been healthy for long enough."""
        staging = self.known["staging"]
        since = staging.healthy_since
        if since is not None and self.now - since >= SOAK_TIME * SECOND and staging.runs:
            staging.verified.add(staging.runs)

    def learn(self) -> None:
        """Hold every new deployment against what was known before it."""
        for each, found in zip(ALL, self.of_all(self.yard.deployments), strict=True):
            known = self.known[each.name]
            for deployment in found[len(known.deployments) :]:
                self.judge(known, deployment)
                known.deployments.append(deployment)
                known.healthy_since = None
                known.approved.pop(deployment.digest, None)

    def judge(self, known: Known, new: Deployment) -> None:
        if new.cause in {"rollback", "undo"}:
            assert new.digest in {each.digest for each in known.deployments}
            assert new.digest not in known.failed or new.cause == "rollback"
            return
        frozen = known.frozen_until
        assert frozen is None or self.now >= frozen, "it is frozen"
        if new.cause == "follow":
            assert not known.is_held, "a hold is not undone by following"
            assert new.digest not in known.failed, "what failed is not tried again alone"
        if new.environment == "production":
            assert new.digest in self.known["staging"].verified, "staging has verified it"
            assert 6 <= self.now // 3600_000 % 24 < 18, "the window is open"
            assert known.approved.get(new.digest, set()) - {
                new.who if new.cause != "follow" else ""
            }

    @initialize(number=some_number)
    def begin(self, number: int) -> None:
        self.get(self.yard.apply(*ALL))
        self.an_image_is_verified_and_released(number, "1.0.0")

    def push(self, number: int, *names: str) -> None:
        assert self.run(self.yard.push(number, *names))
        self.tags |= dict.fromkeys(names, digest(number))
        self.learn()

    @rule(number=some_number, version=st.sampled_from(TAGS[2:]))
    def an_image_is_verified_and_released(self, number: int, version: str) -> None:
        self.push(number, "develop", "master")
        for name in ("development", "staging"):
            if self.known[name].runs == digest(number):
                self.a_host_reports(name, "healthy")
        self.time_passes(SOAK_TIME)
        self.push(number, version)

    @rule(number=some_number)
    def an_image_fails(self, number: int) -> None:
        self.push(number, "develop", "master")
        for name in ("development", "staging"):
            if self.known[name].runs == digest(number):
                self.a_host_reports(name, "failed")

    @rule(number=some_number, name=some_tag)
    def a_tag_moves(self, number: int, name: str) -> None:
        self.push(number, name)

    @rule(name=some_tag)
    def a_tag_is_deleted(self, name: str) -> None:
        if self.run(self.yard.delete(name)):
            del self.tags[name]
        self.learn()

    @rule(number=some_number)
    def a_manifest_is_deleted(self, number: int) -> None:
        if self.run(self.yard.write(manifests.delete, APP, digest(number))):
            self.tags = {tag: one for tag, one in self.tags.items() if one != digest(number)}
        self.learn()

    @rule(seconds=st.sampled_from([1, SOAK_TIME, SOAK_TIME, 3600, 7 * 3600, DAY]))
    def time_passes(self, seconds: int) -> None:
        self.yard.time.advance(seconds * SECOND)
        self.run(self.yard.advance(0))
        self.learn()

    @rule()
    def garbage_is_collected(self) -> None:
        self.run(self.yard.metadata.write(garbage.collect, 50))

    @rule(
        name=some_environment, outcome=st.sampled_from(["healthy", "healthy", "failed", "starting"])
    )
    def a_host_reports(self, name: str, outcome: Condition) -> None:
        known = self.known[name]
        if known.runs is None:
            return
        before = known.deployments[-1]
        assert self.run(self.yard.report(name, outcome))
        if outcome == "healthy" and known.healthy_since is None:
            known.healthy_since = self.now
            known.failed.discard(before.digest)
        elif outcome == "failed":
            known.healthy_since = None
            known.failed.add(before.digest)
            known.verified.discard(before.digest)
        self.age()
        self.learn()

    @rule(name=some_environment)
    def a_host_is_heard_of_too_late(self, name: str) -> None:
        """What it says is healthy was replaced meanwhile."""
        known = self.known[name]
        if len(known.deployments) < 2:
            return
        late, present = self.get(self.yard.deployments(name))[-2:]
        state = ImageState(name, APP, late.id, late.digest)
        assert self.run(self.yard.report(name, state=state))
        is_newest_word = present.digest != late.digest or present.outcome == "pending"
        if late.outcome == "pending" and is_newest_word:
            known.failed.discard(late.digest)
        self.learn()

    @rule(
        name=some_environment, tag=some_tag, who=somebody, cause=st.sampled_from(["deploy", "pin"])
    )
    def somebody_deploys(self, name: str, tag: str, who: str, cause: Any) -> None:
        wish = Wish(reference=tag)
        if self.run(self.yard.by(who, operating.deploy, name, wish, cause)):
            state = self.get(self.yard.state(name))
            if state.request is None:
                self.known[name].is_held = state.hold is not None
                assert cause != "pin" or state.hold is not None
        self.learn()

    @rule(name=some_environment)
    def somebody_pins_what_runs(self, name: str) -> None:
        if self.run(self.yard.write(operating.pin, name, Wish())):
            self.known[name].is_held = True
        self.learn()

    @rule(name=some_environment, tag=st.sampled_from(["", "", *TAGS]))
    def somebody_rolls_back(self, name: str, tag: str) -> None:
        known, before = self.known[name], self.known[name].runs
        if self.run(self.yard.rollback(name, tag)):
            self.learn()
            known.is_held = True
            assert known.runs != before
            assert known.deployments[-1].cause == "rollback"
        self.learn()

    @rule(name=some_environment)
    def somebody_resumes(self, name: str) -> None:
        self.known[name].is_held = False
        assert self.run(self.yard.resume(name))
        self.learn()

    @rule(name=some_environment, lasts=st.sampled_from([None, 10, DAY]))
    def somebody_freezes(self, name: str, lasts: int | None) -> None:
        until = None if lasts is None else self.now + lasts * SECOND
        self.run(self.yard.write(operating.freeze, name, "stop the line", until))
        self.known[name].frozen_until = float("inf") if until is None else until
        self.learn()

    @rule(name=some_environment)
    def somebody_unfreezes(self, name: str) -> None:
        self.known[name].frozen_until = None
        assert self.run(self.yard.write(operating.unfreeze, name, ""))
        self.learn()

    @rule(name=some_environment, who=somebody, tag=st.sampled_from(["", "", *TAGS]))
    def somebody_approves(self, name: str, who: str, tag: str) -> None:
        waiting = self.get(self.yard.state(name)).waiting
        meant = self.tags.get(tag) if tag else waiting and waiting.digest
        known = self.known[name]
        before = {one: set(people) for one, people in known.approved.items()}
        if meant is not None:
            known.approved.setdefault(meant, set()).add(who)
        if not self.run(self.yard.approve(name, who, tag)):
            known.approved = before
        self.learn()

    @rule(min_age=st.sampled_from([0, 30]))
    def somebody_applies(self, min_age: int) -> None:
        """Rules of development change; nothing is asked of production that was not before."""
        changed = environment("development", follow="develop", min_age=min_age)
        assert self.run(self.yard.apply(changed, STAGING, PRODUCTION))
        self.learn()

    @invariant()
    def what_is_due_runs(self) -> None:
        """Where nothing is in the way, staging runs what its tag names."""
        known, named = self.known["staging"], self.tags.get("master")
        frozen = known.frozen_until is not None and self.now < known.frozen_until
        if not (frozen or known.is_held) and named and named not in known.failed:
            state = self.get(self.yard.state("staging"))
            assert state.request is not None or known.runs == named

    @invariant()
    def everything_is_explained(self) -> None:
        """Each change has its line, and each line begins where the one before it ended."""
        for each, history in zip(ALL, self.of_all(self.yard.history), strict=True):
            lines = [one for one in history if one.act == "deploy"]
            known = self.known[each.name].deployments
            assert [line.digest for line in lines] == [one.digest for one in known]
            before = ["", *(line.digest for line in lines)]
            assert [line.former for line in lines] == before[: len(lines)]

    @invariant()
    def what_runs_is_there_and_can_be_gone_back_to(self) -> None:
        self.of_all(self.it_is_there)

    async def it_is_there(self, name: str) -> None:
        known, read = self.known[name], self.yard.metadata.read
        if known.runs is not None:
            wanted = (await read(desired, name)).services
            there = known.deployments[-1].id, known.runs
            assert [(one.deployment, one.digest) for one in wanted] == [there]
            await read(manifests.find, APP, known.runs)
