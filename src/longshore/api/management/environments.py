"""Environments over HTTP: declared, looked at, and removed.

Decides how several are declared at once: in one body, which is planned or done as a whole. To
whoever has no part in an environment it does not exist.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from msgspec import Meta, Struct

from longshore.api.context import Context
from longshore.api.management.fields import Page, instant
from longshore.api.management.standing import Standing, standing
from longshore.api.messages import Request
from longshore.delivery.environments import applying, decisions, deployments, listing, permissions
from longshore.delivery.environments.applying import Planned
from longshore.delivery.environments.deployments import Act
from longshore.delivery.environments.desired import Status, status
from longshore.delivery.environments.environment import Environment
from longshore.delivery.environments.permissions import Part
from longshore.delivery.ports import Transaction
from longshore.registry.access import Caller


class Application(Struct):
    """`dry_run` answers what would change, and changes nothing; `is_new` refuses what is there."""

    dry_run: bool = False
    is_new: bool = False


class Declared(Struct, forbid_unknown_fields=True):
    """Environments that are to be like this; others stay as they are."""

    environments: Annotated[tuple[Environment, ...], Meta(max_length=100)]


class PlannedChange(Struct):
    """What becomes of an environment; `fields` are those that change."""

    environment: str
    act: Literal["create", "change", "keep"]
    fields: list[str]


class Plan(Struct):
    """What changes, or would change."""

    changes: list[PlannedChange]


class Environments(Struct):
    """A page; `next` is the `last` of the following one."""

    environments: list[Standing]
    next: str | None


class HistoryPage(Struct):
    """So many lines, the newest first, before that one."""

    last: Annotated[int, Meta(ge=1, le=2**63 - 1)] | None = None
    limit: Annotated[int, Meta(ge=1, le=1000)] = 100


class Decision(Struct):
    """A line of the history: who decided what, and why, from which image to which."""

    id: int
    at: datetime
    act: Act
    who: str
    identity: str
    repository: str
    former: str
    digest: str
    name: str
    reason: str


class History(Struct):
    """Lines, the newest first; `next` is the `last` of the following page."""

    decisions: list[Decision]
    next: int | None


async def page(context: Context, request: Request, *, query: Page) -> Environments:
    """Those in which the caller has a part."""
    found, last, now = await context.metadata.read(_page, request.caller, query.last, query.limit)
    return Environments([standing(one, now) for one in found], last)


def _page(
    tx: Transaction, caller: Caller, last: str, limit: int
) -> tuple[list[Status], str | None, int]:
    return *listing.page(tx, caller, last, limit), tx.now


async def apply(context: Context, request: Request, *, query: Application, body: Declared) -> Plan:
    if query.dry_run:
        planned = await context.metadata.read(_applied, query, body)
    else:
        planned = await context.by(request).write(_applied, query, body)
    return Plan([PlannedChange(one.environment, one.act, list(one.fields)) for one in planned])


def _applied(tx: Transaction, query: Application, body: Declared) -> list[Planned]:
    rule = applying.plan if query.dry_run else applying.apply
    return rule(tx, body.environments, is_new=query.is_new)


async def find(context: Context, request: Request, name: str) -> Standing:
    return standing(*await context.metadata.read(_find, request.caller, name))


def _find(tx: Transaction, caller: Caller, name: str) -> tuple[Status, int]:
    permissions.require(tx, caller, name, Part.SEE)
    return status(tx, name), tx.now


async def remove(context: Context, request: Request, name: str) -> None:
    await context.by(request).write(applying.remove, name)


async def history(context: Context, request: Request, name: str, *, query: HistoryPage) -> History:
    found, more = await context.metadata.read(_history, request.caller, name, query)
    return History([_shown(one) for one in found], found[-1].id if more else None)


def _history(
    tx: Transaction, caller: Caller, name: str, query: HistoryPage
) -> tuple[list[deployments.Decision], bool]:
    permissions.require_past(tx, caller, name)
    return decisions.page(tx, name, query.last, query.limit)


def _shown(line: deployments.Decision) -> Decision:
    return Decision(
        line.id,
        instant(line.at),
        line.act,
        line.who,
        line.identity,
        line.repository,
        line.former,
        line.digest,
        line.name,
        line.reason,
    )
