"""Agents over HTTP: what they are to run, as soon as it changes; what runs; and how they join.

Decides how long a request waits, and that whoever was let in is asked again before it is told
anything new: a secret may have been revoked meanwhile. A code and a secret are shown once.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from msgspec import Meta, Struct

from longshore.api.authorization import Need, authorise
from longshore.api.context import Context
from longshore.api.management.fields import Name, instant
from longshore.api.management.standing import KnownHost, known_host
from longshore.api.messages import Request, Response
from longshore.api.waiting import Waiting
from longshore.delivery.environments import agents, desired, hosts, joining
from longshore.delivery.environments.agents import Sighting
from longshore.delivery.environments.deployments import Condition, Report
from longshore.delivery.environments.records import Agent
from longshore.delivery.rollouts.services import Service
from longshore.oci.digest import PATTERN
from longshore.registry import secrets
from longshore.registry.management import NewSecret
from longshore.registry.refusals import Invalid

LONGEST_WAIT = 60  # seconds; most proxies give up after as long without a byte
RETRY_AFTER = b"5"  # seconds, where too many wait
MOST_SERVICES = 200  # in one report

Number = Annotated[int, Meta(ge=0, le=2**63 - 1)]
Digest = Annotated[str, Meta(pattern=f"^({PATTERN})?$")]

Host = Annotated[str, Meta(description="The name of a host.", max_length=80)]


class Known(Struct):
    """The generation that a host has, and how many seconds it waits for another one.

    Without a generation, it is answered at once; without a host, nobody is heard of.
    """

    host: Host = ""
    generation: Number | None = None
    wait: Annotated[float, Meta(ge=0, le=LONGEST_WAIT)] = 0


class WantedService(Struct):
    """A service, and the image that it is to run: `name` is the tag by which it was found."""

    service: Service
    digest: str
    name: str
    deployment: int


class DesiredServices(Struct):
    """All that is to run, each service after those that it needs."""

    environment: str
    generation: int
    services: list[WantedService]


class ServiceReport(Struct, forbid_unknown_fields=True):
    """What a service runs, and what became of the deployment that the host was told of last."""

    service: Name
    deployment: Number
    state: Condition
    digest: Digest = ""
    detail: Annotated[str, Meta(max_length=65536)] = ""


class HostReport(Struct, forbid_unknown_fields=True):
    """What a host says of the services that it runs."""

    host: Host
    services: Annotated[tuple[ServiceReport, ...], Meta(max_length=MOST_SERVICES)]


class Lifetime(Struct, forbid_unknown_fields=True):
    """For how many seconds a code is good."""

    seconds: Annotated[int, Meta(ge=60, le=86400)] = 900


class Code(Struct):
    """A code by which one host joins; it is shown this once."""

    code: str
    expires_at: datetime


class NewHost(Struct, forbid_unknown_fields=True):
    """A host that joins."""

    host: Host
    code: Annotated[str, Meta(max_length=80)]


class Joined(Struct):
    """The robot that a host is from now on; `secret` is shown this once."""

    host: str
    account: str
    secret: str


class Hosts(Struct):
    """All hosts of an environment."""

    hosts: list[KnownHost]


async def find(
    context: Context, request: Request, name: str, *, query: Known
) -> DesiredServices | Response:
    await context.metadata.read(agents.admit, request.caller, name, query.host)
    if query.host:
        context.sightings.note(Sighting(name, query.host, query.generation))
    if query.generation is not None:
        known, seconds = query.generation, query.wait
        nothing = await nothing_new(request, context.waiting, name, known, seconds)
        if nothing is not None:
            return nothing
        await identify_again(context, request, Need.ENVIRONMENT)
        await context.metadata.read(agents.admit, request.caller, name, query.host)
    found = await context.metadata.read(desired.desired, name)
    services = [WantedService(*wanted) for wanted in found.services]
    return DesiredServices(name, found.generation, services)


async def nothing_new(
    request: Request, waiting: Waiting, name: str, known: int, seconds: float
) -> Response | None:
    """The reply where there are no news of that name within so many seconds; None where there are.

    Who could not wait comes again later, maybe to a worker for which fewer do. A worker that ends
    is not to be asked again.
    """
    is_full = waiting.is_full
    if await waiting.news(name, known, seconds, request.gone):
        return None
    headers = [(b"cache-control", b"no-store")]
    if is_full:
        headers.append((b"retry-after", RETRY_AFTER))
    if is_full or waiting.is_closed:
        headers.append((b"connection", b"close"))
    return Response(204, headers)


async def identify_again(context: Context, request: Request, need: Need) -> None:
    """Of who was let in to wait: a secret may have been revoked since."""
    request.caller = await context.authenticator.identify(request)
    authorise(need, request, "")


async def report(context: Context, request: Request, name: str, *, body: HostReport) -> None:
    reports = [
        Report(name, body.host, one.service, one.deployment, one.digest, one.state, 0, one.detail)
        for one in body.services
    ]
    await context.by(request).write(agents.report, request.caller, name, body.host, reports)


async def invite(context: Context, request: Request, name: str, *, body: Lifetime) -> Code:
    text = secrets.new(secrets.Kind.JOIN)
    digest = secrets.digest_of(text)
    made = await context.by(request).write(joining.invite, name, digest, body.seconds * 1000)
    return Code(text, instant(made.expires_at))


async def join(context: Context, request: Request, name: str, *, body: NewHost) -> Joined:
    if not secrets.is_wellformed(body.code):
        raise Invalid("that is no code to join by: one has 42 letters and digits, and begins lsj_")
    code, text = secrets.digest_of(body.code), secrets.new(secrets.Kind.ROBOT)
    secret = NewSecret(secrets.digest_of(text), "agent", None)

    async def work() -> Agent:
        return await context.by(request).write(joining.join, name, code, body.host, secret)

    agent = await context.authenticator.once(request, work)
    return Joined(agent.host, agent.account, text)


async def list_all(context: Context, request: Request, name: str) -> Hosts:
    found = await context.metadata.read(hosts.of, request.caller, name)
    return Hosts([known_host(agent) for agent in found])


async def remove(context: Context, request: Request, name: str, host: str) -> None:
    await context.by(request).write(hosts.remove, request.caller, name, host)
