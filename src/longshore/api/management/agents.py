"""Agents over HTTP: what the hosts of an environment are to run, and what they say of it.

Decides how an agent waits: it says which generation it has, and is answered when there is another
one, or when its time is up. No event can be lost: what is answered is all that is to run.
"""

from __future__ import annotations

import asyncio
from typing import Annotated

from msgspec import Meta, Struct

from longshore.api.context import Context
from longshore.api.management.fields import Name
from longshore.api.messages import Request
from longshore.delivery import deployments, permissions, reporting
from longshore.delivery.deploying import version
from longshore.delivery.deployments import Condition
from longshore.delivery.desired import desired
from longshore.delivery.permissions import Part
from longshore.delivery.ports import Transaction
from longshore.delivery.services import Service
from longshore.oci.digest import PATTERN
from longshore.registry.access import Caller

LONGEST_WAIT = 60  # seconds

Digest = Annotated[str, Meta(pattern=f"^({PATTERN})?$")]


class Known(Struct):
    """The generation that the agent has, and how many seconds it waits for another one."""

    generation: Annotated[int, Meta(ge=0, le=2**63 - 1)] | None = None
    wait: Annotated[int, Meta(ge=0, le=LONGEST_WAIT)] = 0


class WantedService(Struct):
    """A service, and the image that it is to run: the digest of its repository."""

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
    deployment: Annotated[int, Meta(ge=0, le=2**63 - 1)]
    state: Condition
    digest: Digest = ""
    detail: Annotated[str, Meta(max_length=65536)] = ""


class HostReport(Struct, forbid_unknown_fields=True):
    """What a host says of the services that it runs."""

    host: Name
    services: Annotated[tuple[ServiceReport, ...], Meta(max_length=200)]


async def find(context: Context, request: Request, name: str, *, query: Known) -> DesiredServices:
    clock = asyncio.get_running_loop().time
    deadline = clock() + query.wait
    while True:
        found, seen = await context.metadata.read(_desired, request.caller, name)
        left = deadline - clock()
        if found.generation != query.generation or left <= 0:
            return found
        if not await context.changes.after(seen, left):
            return found


def _desired(tx: Transaction, caller: Caller, name: str) -> tuple[DesiredServices, int]:
    permissions.require(tx, caller, name, Part.REPORT)
    found = desired(tx, name)
    services = [WantedService(*one) for one in found.services]
    return DesiredServices(name, found.generation, services), version(tx)


async def report(context: Context, request: Request, name: str, *, body: HostReport) -> None:
    said = [
        deployments.Report(
            name, body.host, one.service, one.deployment, one.digest, one.state, 0, one.detail
        )
        for one in body.services
    ]
    await context.by(request).write(_report, request.caller, name, body.host, said)


def _report(
    tx: Transaction, caller: Caller, name: str, host: str, said: list[deployments.Report]
) -> None:
    permissions.require(tx, caller, name, Part.REPORT)
    reporting.report(tx, name, host, said)


async def remove(context: Context, request: Request, name: str, host: str) -> None:
    await context.by(request).write(_remove, request.caller, name, host)


def _remove(tx: Transaction, caller: Caller, name: str, host: str) -> None:
    permissions.require(tx, caller, name, Part.DEPLOY)
    reporting.remove_host(tx, name, host)
