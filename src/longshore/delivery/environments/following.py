"""Following: an environment is looked at when a tag has moved, and when time has passed.

Decides when an environment is looked at, and what comes of it: the target is deployed, or it waits
and the history says for what. Nothing here is anybody's wish; those are in `operating`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from longshore.delivery.environments import decisions, gates
from longshore.delivery.environments.decisions import Told
from longshore.delivery.environments.deploying import Change, run
from longshore.delivery.environments.deployments import (
    EnvironmentState,
    Hold,
    ImageState,
    Request,
    Waiting,
)
from longshore.delivery.environments.gates import Obstacle, Seen, Target
from longshore.delivery.environments.states import image
from longshore.delivery.environments.targets import followed, target
from longshore.delivery.notifications.events import Kind
from longshore.delivery.ports import Transaction
from longshore.oci.names import RepositoryName

AT_ONCE = 20  # environments looked at in a transaction


def tag_moved(tx: Transaction, repository: RepositoryName, tags: Iterable[str]) -> None:
    """Look at the environments that may follow what these tags name now.

    To be called in the transaction that moves, makes or removes them.
    """
    moved = list(tags)
    for state in tx.environments.running(repository):
        if state.declared.concerns(moved):
            look(tx, state.declared.name)


def is_due(tx: Transaction) -> bool:
    """Whether there is anything to look at."""
    return bool(tx.environments.due(tx.now, 1))


def look_due(tx: Transaction) -> int:
    """Look at environments for which a window has opened or a time has passed; answers how many."""
    due = tx.environments.due(tx.now, AT_ONCE)
    for state in due:
        look(tx, state.declared.name)
    return len(due)


def look_after(tx: Transaction, environment: str) -> None:
    """Look at the environments that run what this one has verified."""
    for state in tx.environments.after(environment):
        look(tx, state.declared.name)


def look(tx: Transaction, environment: str) -> None:
    """Deploy what is to be deployed now, and note when to look again."""
    state = tx.environments.find(environment)
    if state is None:
        return
    waits: list[int] = []
    for repository in state.declared.repositories:
        closed = _look_at(tx, state, repository)
        waits += [obstacle.until for obstacle in closed if obstacle.until is not None]
    state = tx.environments.find(environment)  # a deployment has advanced it
    look_at = min(waits, default=None)
    if state is not None and state.look_at != look_at:
        tx.environments.put(replace(state, look_at=look_at))


def _look_at(
    tx: Transaction, environment: EnvironmentState, repository: RepositoryName
) -> tuple[Obstacle, ...]:
    state = image(tx, environment.declared.name, repository)
    found = target(tx, environment.declared, state)
    if found is None:
        if state.waiting is not None:
            tx.images.put(replace(state, waiting=None))
        return ()
    closed = obstacles(tx, environment, state, found)
    if closed:
        _wait(tx, state, found, closed)
    elif state.request is not None:
        fulfil(tx, environment, state, state.request)
    else:
        run(tx, state, Change(found.digest, found.name, "follow", tx.actor.name))
    return closed


def obstacles(
    tx: Transaction, environment: EnvironmentState, state: ImageState, found: Target
) -> tuple[Obstacle, ...]:
    """What keeps the target from being deployed now."""
    declared = environment.declared
    earlier = tx.environments.find(declared.promote_from) if declared.promote_from else None
    place = state.repository, found.digest
    seen = Seen(
        state.hold,
        environment.freeze,
        state.approvals,
        tx.deployments.of_digest(declared.name, *place),
        tx.deployments.of_digest(earlier.declared.name, *place) if earlier else [],
        round(earlier.declared.verified_after * 1000) if earlier else 0,
    )
    return gates.obstacles(declared, found, seen, tx.now)


def fulfil(
    tx: Transaction, environment: EnvironmentState, state: ImageState, request: Request
) -> ImageState:
    """Deploy what was asked for, and hold it where following would undo that."""
    change = Change(request.digest, request.name, request.cause, request.who, request.reason)
    after = run(tx, state, change)
    return settle(tx, environment, after, request)


def settle(
    tx: Transaction, environment: EnvironmentState, state: ImageState, request: Request
) -> ImageState:
    """Put the hold that a request brings, now that its image is what the environment runs.

    Asking for the very image that is followed, and not for a pin, ends a hold instead.
    """
    declared = environment.declared
    found = followed(tx, declared, state)
    is_followed = found is not None and found[1] == request.digest
    follows = bool(declared.follow or declared.pin)
    hold = None
    if request.cause == "pin" or (follows and not is_followed):
        hold = Hold(request.cause, request.who, tx.now, request.reason)
    after = replace(state, hold=hold, request=None, waiting=None)
    tx.images.put(after)
    if hold is not None:
        decisions.record(tx, state, "hold", Told(request.digest, request.name, request.reason))
    return after


def _wait(tx: Transaction, state: ImageState, found: Target, closed: tuple[Obstacle, ...]) -> None:
    codes = tuple(obstacle.code for obstacle in closed)
    text = "; ".join(obstacle.text for obstacle in closed)
    waiting = Waiting(found.digest, found.name, found.since, codes, text)
    former = state.waiting
    if waiting == former:
        return
    tx.images.put(replace(state, waiting=waiting))
    is_known = former is not None and former.digest == found.digest
    if former is None or not is_known or not set(codes) <= set(former.codes):
        decisions.record(tx, state, "wait", Told(found.digest, found.name, text))
    was_told = former is not None and is_known and "unapproved" in former.codes
    if "unapproved" in codes and not was_told:
        decisions.tell(tx, state, Kind.AWAITING_APPROVAL, Told(found.digest, found.name))
