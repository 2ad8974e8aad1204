"""Deploying: what an environment is to run changes, with all that belongs to such a change.

Decides what comes with it: the deployment before it ends, the next generation tells the agents,
the history has its line, and the collector leaves alone what could be gone back to. Whether
something is deployed is decided before, in `following` and `operating`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

from longshore.delivery.environments import decisions, gates
from longshore.delivery.environments.decisions import Told
from longshore.delivery.environments.deployments import Cause, Deployment, ImageState
from longshore.delivery.environments.states import current
from longshore.delivery.notifications.events import Kind
from longshore.delivery.ports import Transaction
from longshore.oci.digest import Digest
from longshore.oci.names import RepositoryName
from longshore.registry import pins

VERSION = "environments"  # the fact that grows with every environment's generation
LOOKED_BACK = 200  # deployments that are looked at for a way back


class Change(NamedTuple):
    """What is to run from now on, and why."""

    digest: Digest
    name: str
    cause: Cause
    who: str
    reason: str = ""
    restores: int | None = None


def run(tx: Transaction, state: ImageState, change: Change) -> ImageState:
    """Let the environment run this image; answers the state that follows."""
    end(tx, state)
    deployment = tx.deployments.add(
        Deployment(
            0,
            state.environment,
            state.repository,
            change.digest,
            change.name,
            tx.now,
            change.cause,
            change.who,
            change.reason,
            change.restores,
        )
    )
    reason = f"{change.cause}: {change.reason}" if change.reason else change.cause
    decisions.record(tx, state, "deploy", Told(change.digest, change.name, reason))
    if change.cause in {"rollback", "undo"}:
        told = Told(change.digest, change.name, change.reason)
        decisions.tell(tx, state, Kind.ROLLED_BACK, told)
    after = replace(
        state,
        deployment=deployment.id,
        digest=change.digest,
        name=change.name,
        waiting=None,
        approvals=tuple(each for each in state.approvals if each.digest != change.digest),
    )
    tx.images.put(after)
    protect(tx, after)
    advance(tx, state.environment)
    return after


def end(tx: Transaction, state: ImageState) -> None:
    """Note that what the environment runs of this repository is not to be run any more."""
    ending = current(tx, state)
    if ending is not None:
        tx.deployments.conclude(ending._replace(ended_at=tx.now))


def advance(tx: Transaction, environment: str) -> None:
    """Let its agents see that something has changed; every worker sees that, too."""
    state = tx.environments.find(environment)
    if state is not None:
        tx.environments.put(replace(state, generation=state.generation + 1))
    tx.facts.put(VERSION, str(version(tx) + 1))


def version(tx: Transaction) -> int:
    """A number that grows when anything has changed for any agent, in one keyed read."""
    return int(tx.facts.get(VERSION) or 0)


def way_back(tx: Transaction, state: ImageState) -> Deployment | None:
    """The last deployment before the current one that was healthy, of another image.

    Not of one that has failed since.

    Of a deployment that is a way back itself, the one before what it restored: going back twice
    goes further back. What the registry does not hold any more is passed over.
    """
    present = current(tx, state)
    if present is None:
        return None
    before = restoring(present)
    for each in tx.deployments.latest(state.environment, state.repository, before, LOOKED_BACK):
        is_other = each.digest != present.digest and each.outcome == "healthy"
        if is_other and _is_sound(tx, each):
            return each
    return None


def _is_sound(tx: Transaction, deployment: Deployment) -> bool:
    """Whether the registry has the image still, and nothing bad was heard of it since."""
    place = deployment.repository, deployment.digest
    if tx.manifests.by_digest(*place) is None:
        return False
    return not gates.has_failed(tx.deployments.of_digest(deployment.environment, *place))


def restoring(deployment: Deployment) -> int:
    """The deployment that is restored by going back to this one, which may be a way back itself."""
    return deployment.restores or deployment.id


def protect(tx: Transaction, state: ImageState) -> None:
    """Let the registry keep what is run, asked for, or could be gone back to."""
    found = tx.environments.find(state.environment)
    kept = found.declared.kept(state.repository) + 1 if found else 0
    digests = [each for each in (state.digest, state.request and state.request.digest) if each]
    for each in tx.deployments.latest(state.environment, state.repository, None, LOOKED_BACK):
        if len(digests) >= kept:
            break
        if each.outcome != "failed" and each.digest not in digests:
            digests.append(each.digest)
    pins.hold(tx, holder(state.environment), state.repository, digests)


def release(tx: Transaction, environment: str, repository: RepositoryName) -> None:
    """Let the registry keep nothing of this repository for the environment."""
    pins.hold(tx, holder(environment), repository, [])


def holder(environment: str) -> str:
    """What the registry is told of who needs an image."""
    return f"environment {environment}"
