"""Agents over HTTP: what they are to run, as soon as it changes; what runs; and how they join.

Decides how long a request waits, and that whoever was let in is asked again before it is told
anything new: a secret may have been revoked meanwhile. A code and a secret are shown once.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from msgspec import Meta, Struct

from longshore.api.authorization import Need, authorise
from longshore.api.context import Context
from longshore.api.management.fields import instant, instant_or_none
from longshore.api.messages import Request, Response
from longshore.delivery import agents, desired, hosts, joining, permissions
from longshore.delivery.agents import Sighting
from longshore.delivery.deployments import Report
from longshore.delivery.permissions import Part
from longshore.delivery.records import Agent
from longshore.delivery.services import Service
from longshore.registry import secrets
from longshore.registry.access import OPEN
from longshore.registry.management import NewSecret
from longshore.registry.refusals import Invalid

LONGEST_WAIT = 60  # seconds; most proxies give up after as long without a byte
RETRY_AFTER = b"5"  # seconds, where too many wait
MOST_SERVICES = 100  # in one report

Host = Annotated[str, Meta(description="The name of a host.", max_length=80)]


class Known(Struct):
    """Who asks, and the generation that it knows: without one, it is answered at once."""

    agent: Host
    after: int | None = None
    wait: Annotated[float, Meta(ge=0, le=LONGEST_WAIT)] = 0


class WantedService(Struct):
    """A service, and the image that it is to run: `name` is the tag by which it was found."""

    service: Service
    digest: str
    name: str
    deployment: int


class Desired(Struct):
    """What the hosts of an environment are to run, each service after those that it needs."""

    generation: int
    services: list[WantedService]


class RunningService(Struct, kw_only=True, forbid_unknown_fields=True):
    """What a host says of a service, and of the deployment that it was told of last.

    `digest` is what runs, whatever became of that deployment; `detail` the last lines of a log.
    """

    service: Annotated[str, Meta(max_length=80)]
    deployment: int
    digest: Annotated[str, Meta(max_length=200)] = ""
    state: Literal["starting", "healthy", "failed", "stopped"]
    detail: str = ""


class Running(Struct, kw_only=True, forbid_unknown_fields=True):
    """What runs on a host."""

    agent: Host
    services: Annotated[list[RunningService], Meta(max_length=MOST_SERVICES)]


class Lifetime(Struct, forbid_unknown_fields=True):
    """For how many seconds a code is good."""

    seconds: Annotated[int, Meta(ge=60, le=86400)] = 900


class Code(Struct):
    """A code by which one host joins; it is shown this once."""

    code: str
    expires_at: datetime


class NewAgent(Struct, forbid_unknown_fields=True):
    """A host that joins."""

    host: Host
    code: Annotated[str, Meta(max_length=80)]


class Joined(Struct):
    """The robot that a host is from now on; `secret` is shown this once."""

    host: str
    account: str
    secret: str


class KnownAgent(Struct):
    """A host; `is_lost` when it has not been heard of for minutes."""

    host: str
    account: str
    seen_at: datetime | None
    generation: int | None
    is_lost: bool


class Agents(Struct):
    """All hosts of an environment."""

    agents: list[KnownAgent]


async def desired_services(
    context: Context, request: Request, name: str, *, query: Known
) -> Desired | Response:
    await context.metadata.read(agents.admit, request.caller, name, query.agent)
    context.sightings.note(Sighting(name, query.agent, query.after))
    if query.after is not None:
        is_full = context.waiting.is_full
        if not await context.waiting.news(name, query.after, query.wait, request.gone):
            return _nothing_new(is_full=is_full)
        request.caller = await context.authenticator.identify(request)
        authorise(Need.ENVIRONMENT, request, "")
        await context.metadata.read(agents.admit, request.caller, name, query.agent)
    found = await context.metadata.read(desired.desired, name)
    services = [WantedService(*wanted) for wanted in found.services]
    return Desired(found.generation, services)


def _nothing_new(*, is_full: bool) -> Response:
    """Who could not wait comes again later, maybe to a worker for which fewer do."""
    headers = [(b"cache-control", b"no-store")]
    if is_full:
        headers += [(b"retry-after", RETRY_AFTER), (b"connection", b"close")]
    return Response(204, headers)


async def report(context: Context, request: Request, name: str, *, body: Running) -> None:
    reports = [
        Report(name, body.agent, one.service, one.deployment, one.digest, one.state, 0, one.detail)
        for one in body.services
    ]
    await context.by(request).write(agents.report, request.caller, name, body.agent, reports)


async def invite(context: Context, request: Request, name: str, *, body: Lifetime) -> Code:
    text = secrets.new(secrets.Kind.JOIN)
    digest = secrets.digest_of(text)
    made = await context.by(request).write(joining.invite, name, digest, body.seconds * 1000)
    return Code(text, instant(made.expires_at))


async def join(context: Context, request: Request, name: str, *, body: NewAgent) -> Joined:
    if not secrets.is_wellformed(body.code):
        raise Invalid("that is no code to join by: one has 42 letters and digits, and begins lsj_")
    code, text = secrets.digest_of(body.code), secrets.new(secrets.Kind.ROBOT)
    secret = NewSecret(secrets.digest_of(text), "agent", None)

    async def work() -> Agent:
        return await context.by(request).write(joining.join, name, code, body.host, secret)

    agent = await context.authenticator.once(request, work)
    return Joined(agent.host, agent.account, text)


async def list_all(context: Context, request: Request, name: str) -> Agents:
    if request.caller is not OPEN:
        await context.metadata.read(permissions.require, request.caller, name, Part.SEE)
    found = await context.metadata.read(hosts.of, name)
    return Agents(
        [
            KnownAgent(
                agent.host,
                agent.account,
                instant_or_none(agent.seen_at),
                agent.generation,
                agent.lost_at is not None,
            )
            for agent in found
        ]
    )


async def remove(context: Context, request: Request, name: str, host: str) -> None:
    await context.by(request).write(hosts.remove, name, host)
