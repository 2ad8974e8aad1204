"""The history of an environment: every decision, with who made it, why, from what and to what.

Decides what a line says. It is written in the transaction of what it tells, so that there is no
change without its line and no line without its change. Those whom it concerns are told as well.
"""

from __future__ import annotations

from typing import NamedTuple

from longshore.delivery.environments.deployments import Act, Decision, ImageState
from longshore.delivery.notifications import subscriptions
from longshore.delivery.notifications.events import Event, Kind
from longshore.delivery.ports import Transaction
from longshore.registry import audit

# What somebody did, or what changed by it: the audit log of the registry has that as well.
_AUDITED = {"deploy", "hold", "resume", "request", "approve", "freeze", "unfreeze"}


class Told(NamedTuple):
    """What a line says of an image; nothing where none is concerned."""

    digest: str = ""
    name: str = ""
    reason: str = ""


def record(tx: Transaction, state: ImageState, act: Act, told: Told) -> None:
    """Note what is decided of an image; `state` is how it was until now."""
    _add(tx, state.environment, state.repository, act, state.digest or "", told)


def tell(tx: Transaction, state: ImageState, kind: Kind, told: Told) -> None:
    """Tell who wants to know; `state` is how it was until now."""
    event = Event(
        kind,
        state.repository,
        tag="" if told.name == told.digest else told.name,
        digest=told.digest,
        former="" if state.digest == told.digest else state.digest or "",
        environment=state.environment,
        reason=told.reason,
    )
    subscriptions.emit(tx, event)


def record_environment(tx: Transaction, environment: str, act: Act, reason: str = "") -> None:
    """Note what is decided of an environment as a whole."""
    _add(tx, environment, "", act, "", Told(reason=reason))


def _add(
    tx: Transaction, environment: str, repository: str, act: Act, former: str, told: Told
) -> None:
    if act in _AUDITED:
        named = {"image": repository, "digest": told.digest, "name": told.name}
        detail = {key: value for key, value in named.items() if value}
        audit.record(tx, f"environment.{act}", environment, reason=told.reason, **detail)
    actor = tx.actor
    tx.decisions.add(
        Decision(0, tx.now, environment, repository, act, actor.name, actor.identity, former, *told)
    )


def page(
    tx: Transaction, environment: str, before: int | None, limit: int
) -> tuple[list[Decision], bool]:
    """Lines below that id, the newest first, and whether there are more."""
    found = tx.decisions.latest(environment, before, limit + 1)
    return found[:limit], len(found) > limit
