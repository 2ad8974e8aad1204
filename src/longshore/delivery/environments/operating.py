"""Operating: what somebody asks of an environment by hand, and what the rules make of it.

Decides which gates a wish passes: an image that is asked for needs all that following needs but
age, a hold's end and a clean record; a way back needs nothing, since it has run here before.
What following would undo at once is put on hold.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Literal, NamedTuple

from longshore.delivery.environments import decisions, gates
from longshore.delivery.environments.decisions import Told
from longshore.delivery.environments.deploying import (
    LOOKED_BACK,
    Change,
    protect,
    restoring,
    run,
    way_back,
)
from longshore.delivery.environments.deployments import (
    Approval,
    Deployment,
    EnvironmentState,
    Freeze,
    Hold,
    ImageState,
    Request,
)
from longshore.delivery.environments.following import fulfil, look, obstacles, settle
from longshore.delivery.environments.gates import Target
from longshore.delivery.environments.states import find, image
from longshore.delivery.errors import Blocked
from longshore.delivery.ports import Transaction
from longshore.oci.digest import Digest
from longshore.oci.errors import OCIError
from longshore.oci.names import RepositoryName, parse_reference
from longshore.registry import manifests
from longshore.registry.refusals import Invalid, Unknown

LONGEST_REASON = 500  # characters


class Wish(NamedTuple):
    """What is asked for: an image of the environment, which may have one only, and why.

    `reference` is a tag or a digest of the registry, or what a deployment was called.
    """

    image: str = ""
    reference: str = ""
    reason: str = ""


def deploy(
    tx: Transaction, environment: str, wish: Wish, cause: Literal["deploy", "pin"] = "deploy"
) -> ImageState:
    """Let it run this image, or await the approvals that it takes; answers what follows.

    Raises Unknown, Invalid, and Blocked while it is frozen, outside its windows, and for what
    the environment before has not verified.
    """
    state = find(tx, environment)
    present = image(tx, environment, _repository(state, wish.image))
    name, digest = _named(tx, present.repository, wish.reference)
    request = Request(cause, digest, name, tx.actor.name, tx.now, _reason(wish))
    if digest == present.digest and not _has_failed(tx, present):
        # Nothing to do but to hold it there, or to let it go on.
        protect(tx, settle(tx, state, present, request))
        return _looked(tx, present)
    closed = obstacles(tx, state, present, Target(digest, name, tx.now, request.who))
    hard = [obstacle.text for obstacle in closed if obstacle.code != "unapproved"]
    if hard:
        raise Blocked(f"{environment} does not change now: {'; '.join(hard)}")
    if closed:
        decisions.record(tx, present, "request", Told(digest, name, request.reason))
        asked = replace(present, request=request, waiting=None)
        tx.images.put(asked)
        protect(tx, asked)
    else:
        fulfil(tx, state, present, request)
    return _looked(tx, present)


def pin(tx: Transaction, environment: str, wish: Wish) -> ImageState:
    """Stay with this image, or with what runs, until somebody says `resume`; raises as `deploy`."""
    if wish.reference:
        return deploy(tx, environment, wish, "pin")
    state = find(tx, environment)
    present = image(tx, environment, _repository(state, wish.image))
    if present.digest is None:
        raise Blocked(f"{environment} runs nothing yet that it could stay with")
    request = Request("pin", present.digest, present.name, tx.actor.name, tx.now, _reason(wish))
    protect(tx, settle(tx, state, present, request))
    return _looked(tx, present)


def rollback(tx: Transaction, environment: str, wish: Wish) -> ImageState:
    """Go back to what ran before and was healthy, or to what is named, and hold it there.

    Raises Unknown, Invalid, and Blocked if there is nothing to go back to.
    """
    state = find(tx, environment)
    present = image(tx, environment, _repository(state, wish.image))
    named = wish.reference
    found = _earlier(tx, present, named) if named else way_back(tx, present)
    if found is None:
        raise Blocked(
            f"{environment} has run no other image of {present.repository} that was healthy and"
            " is still there: name one of its history, or deploy another"
        )
    if found.digest == present.digest:
        raise Blocked(f"{environment} is to run {found.name} already")
    who, reason = tx.actor.name, _reason(wish)
    change = Change(found.digest, found.name, "rollback", who, reason, restoring(found))
    hold = Hold("rollback", who, tx.now, reason)
    after = replace(run(tx, present, change), hold=hold, request=None)
    tx.images.put(after)
    protect(tx, after)
    return _looked(tx, present)


def resume(tx: Transaction, environment: str, wish: Wish) -> list[ImageState]:
    """End holds and withdraw requests, of one image or of all; answers what follows."""
    state = find(tx, environment)
    repositories = [_repository(state, wish.image)] if wish.image else state.declared.repositories
    for repository in repositories:
        present = image(tx, environment, repository)
        if present.hold is not None or present.request is not None:
            after = replace(present, hold=None, request=None, waiting=None)
            tx.images.put(after)
            protect(tx, after)
            decisions.record(tx, present, "resume", Told(reason=_reason(wish)))
    look(tx, environment)
    return [image(tx, environment, repository) for repository in repositories]


def freeze(tx: Transaction, environment: str, reason: str, until: int | None) -> None:
    """Deploy nothing until somebody says `unfreeze`, or until then; raises Unknown, and Invalid."""
    state = find(tx, environment)
    if until is not None and until <= tx.now:
        raise Invalid("a freeze ends in the future")
    told = _reason(Wish(reason=reason))
    tx.environments.put(replace(state, freeze=Freeze(tx.actor.name, tx.now, told, until)))
    lasts = f"until {gates.when(until)}" if until is not None else ""
    decisions.record_environment(tx, environment, "freeze", ": ".join(filter(None, [lasts, told])))
    look(tx, environment)


def unfreeze(tx: Transaction, environment: str, reason: str) -> None:
    """Raises Unknown."""
    state = find(tx, environment)
    if state.freeze is not None:
        tx.environments.put(replace(state, freeze=None))
        decisions.record_environment(tx, environment, "unfreeze", _reason(Wish(reason=reason)))
    look(tx, environment)


def approve(tx: Transaction, environment: str, wish: Wish) -> ImageState:
    """Be in favour of the image that waits, or of one that is named.

    Raises Unknown, Invalid, and Blocked for what one asked for oneself, and if nothing waits.
    """
    state = find(tx, environment)
    present = image(tx, environment, _repository(state, wish.image))
    name, digest = _awaiting(tx, present, wish.reference)
    who = tx.actor.name
    asked = present.request
    if asked is not None and asked.digest == digest and asked.who == who:
        raise Blocked(f"{who} asked for it, and somebody else has to approve it")
    if not any((each.digest, each.who) == (digest, who) for each in present.approvals):
        decisions.record(tx, present, "approve", Told(digest, name, _reason(wish)))
        approvals = (*present.approvals, Approval(digest, who, tx.now))
        tx.images.put(replace(present, approvals=approvals))
    return _looked(tx, present)


def _looked(tx: Transaction, present: ImageState) -> ImageState:
    """What follows when the environment has been looked at."""
    look(tx, present.environment)
    return image(tx, present.environment, present.repository)


def _awaiting(tx: Transaction, present: ImageState, reference: str) -> tuple[str, Digest]:
    if reference:
        return _named(tx, present.repository, reference)
    waiting = present.waiting
    if waiting is None or "unapproved" not in waiting.codes:
        raise Blocked(f"nothing of {present.repository} awaits approval in {present.environment}")
    return waiting.name, waiting.digest


def _repository(state: EnvironmentState, text: str) -> RepositoryName:
    """The image that is meant, by its name or the last part of it; raises Invalid, and Unknown."""
    names = state.declared.repositories
    if not text and len(names) > 1:
        raise Invalid(f"say which image: {state.declared.name} has {', '.join(names)}")
    found = [name for name in names if not text or text == name or text == name.rpartition("/")[2]]
    if len(found) > 1:
        raise Invalid(f"say which image: {text} may be {' or '.join(found)}")
    if not found:
        raise Unknown(
            f"{state.declared.name} has no service of {text[:80]}; it has {', '.join(names)}"
        )
    return found[0]


def _named(tx: Transaction, repository: RepositoryName, reference: str) -> tuple[str, Digest]:
    """An image that the registry has; raises Unknown, and Invalid."""
    if not reference:
        raise Invalid(f"say which image of {repository}: a tag or a digest")
    try:
        found = manifests.find(tx, repository, parse_reference(reference))
    except OCIError:
        raise Unknown(f"the registry has no {repository} {reference[:200]}") from None
    return reference, found.digest


def _has_failed(tx: Transaction, present: ImageState) -> bool:
    deployments = tx.deployments.of_digest(
        present.environment, present.repository, present.digest or Digest("")
    )
    return gates.has_failed(deployments)


def _earlier(tx: Transaction, present: ImageState, reference: str) -> Deployment | None:
    """The last deployment of that name, digest or number that the registry still has."""
    deployments = tx.deployments.latest(present.environment, present.repository, None, LOOKED_BACK)
    return next(_called(tx, deployments, reference), None)


def _called(tx: Transaction, deployments: list[Deployment], reference: str) -> Iterator[Deployment]:
    for each in deployments:
        is_meant = reference in {each.name, each.digest, str(each.id)}
        if is_meant and tx.manifests.by_digest(each.repository, each.digest):
            yield each


def _reason(wish: Wish) -> str:
    """Raises Invalid."""
    if len(wish.reason) > LONGEST_REASON or any(ord(letter) < 32 for letter in wish.reason):
        raise Invalid(f"a reason is a line of at most {LONGEST_REASON} characters")
    return wish.reason
