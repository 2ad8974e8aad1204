"""A registry with environments, for tests: images that differ by a number, and who does what."""

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar

from longshore.delivery.environments import applying, following, operating, reporting
from longshore.delivery.environments.deployments import (
    Condition,
    Decision,
    Deployment,
    ImageState,
    Report,
)
from longshore.delivery.environments.environment import Environment
from longshore.delivery.environments.operating import Wish
from longshore.delivery.ports import Metadata, Transaction
from longshore.delivery.rollouts.services import Service
from longshore.delivery.tags import pushes
from longshore.oci.digest import Digest
from longshore.oci.names import RepositoryName, Tag
from longshore.registry.directory import Actor
from longshore.registry.history import Origin
from longshore.registry.tags import Terms
from tests.backends import HOUR, METADATA, Time
from tests.content import Pushed, index

P = ParamSpec("P")
T = TypeVar("T")

APP = RepositoryName("team/app")
WEB = Service("web", APP)
SECOND = 1000  # ms


def pushed(number: int) -> Pushed:
    return index(annotations={"number": str(number)})


def digest(number: int) -> Digest:
    return pushed(number).digest


def origin(number: int) -> Origin:
    """What an image says of where it comes from."""
    return Origin(f"{number:040x}", branch="master")


def environment(name: str, **rules: Any) -> Environment:
    """One service, and these rules."""
    return replace(Environment(name, (WEB,)), **rules)


class Yard:
    """Every method is one transaction of somebody."""

    def __init__(self, metadata: Metadata, time: Time) -> None:
        self.metadata = metadata
        self.time = time

    async def write(
        self,
        rule: Callable[Concatenate[Transaction, P], T],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        return await self.metadata.by(Actor("kees")).write(rule, *args, **kwargs)

    async def by(
        self,
        who: str,
        rule: Callable[Concatenate[Transaction, P], T],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        return await self.metadata.by(Actor(who)).write(rule, *args, **kwargs)

    async def apply(self, *declared: Environment) -> list[applying.Planned]:
        return await self.write(applying.apply, declared)

    async def remove(self, name: str) -> None:
        await self.write(applying.remove, name)

    async def push(self, number: int, *names: str, repository: RepositoryName = APP) -> Digest:
        return await self.by("pusher", _push, number, names, repository)

    async def delete(self, tag: str) -> None:
        await self.by("pusher", _delete, tag)

    async def advance(self, seconds: float) -> None:
        """Time passes, and the server looks at what that changes."""
        self.time.advance(round(seconds * SECOND))
        await self.metadata.write(following.look_due)

    async def state(self, name: str, repository: RepositoryName = APP) -> ImageState:
        state = await self.metadata.read(lambda tx: tx.images.find(name, repository))
        assert state is not None
        return state

    async def runs(self, name: str) -> Digest | None:
        return (await self.state(name)).digest

    async def waits(self, name: str) -> tuple[str, ...]:
        """What the environment waits for, as codes."""
        waiting = (await self.state(name)).waiting
        return waiting.codes if waiting else ()

    async def report(
        self,
        name: str,
        outcome: Condition = "healthy",
        host: str = "host",
        service: str = "web",
        state: ImageState | None = None,
    ) -> None:
        """The host says of the current deployment, or of that one, what became of it."""
        state = state or await self.state(name)
        assert state.deployment is not None
        said = Report(
            name,
            host,
            service,
            state.deployment,
            state.digest or "",
            outcome,
            0,
        )
        await self.by("agent", reporting.report, name, host, [said])

    async def deploy(self, name: str, reference: str, who: str = "kees") -> ImageState:
        return await self.by(who, operating.deploy, name, Wish(reference=reference))

    async def rollback(self, name: str, reference: str = "") -> ImageState:
        return await self.write(operating.rollback, name, Wish(reference=reference))

    async def approve(self, name: str, who: str, reference: str = "") -> ImageState:
        return await self.by(who, operating.approve, name, Wish(reference=reference))

    async def resume(self, name: str) -> None:
        await self.write(operating.resume, name, Wish())

    async def history(self, name: str) -> list[Decision]:
        """The oldest first."""
        return (await self.metadata.read(lambda tx: tx.decisions.latest(name, None, 9999)))[::-1]

    async def acts(self, name: str) -> list[str]:
        return [line.act for line in await self.history(name)]

    async def deployments(self, name: str) -> list[Deployment]:
        """The oldest first."""
        return (await self.metadata.read(lambda tx: tx.deployments.latest(name, APP, None, 9999)))[
            ::-1
        ]


async def three_healthy(yard: Yard) -> None:
    """Images 1, 2 and 3 were run one after another."""
    await yard.apply(environment("production", follow="master"))
    for number in (1, 2, 3):
        await yard.push(number, "master", f"1.0.{number}")
        await yard.report("production")


@contextlib.contextmanager
def opened(backend: str, folder: Path) -> Iterator[Yard]:
    time = Time()
    with METADATA[backend](folder, HOUR, time) as metadata:
        yield Yard(metadata, time)


def _push(
    tx: Transaction, number: int, names: tuple[str, ...], repository: RepositoryName
) -> Digest:
    found = pushed(number)
    terms = Terms(origin=origin(number))
    moved = [Tag(name) for name in names]
    pushes.push(tx, repository, found.digest, found.manifest, moved, terms)
    return found.digest


def _delete(tx: Transaction, tag: str) -> None:
    pushes.untag(tx, APP, Tag(tag))
