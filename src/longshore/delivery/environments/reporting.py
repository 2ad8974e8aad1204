"""Reports: what hosts say of the services that they run, and what follows for the environment.

Decides when a deployment counts as healthy, on all hosts and with all of its services, and when as
failed, on one. What failed while it was new is taken back at once to what was healthy before; the
same image is then not tried again unless somebody asks for it. What was healthy when another took
its place can be gone back to, also if that is heard of afterwards.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import NamedTuple

from longshore.delivery.environments import decisions
from longshore.delivery.environments.decisions import Told
from longshore.delivery.environments.deploying import Change, restoring, run, way_back
from longshore.delivery.environments.deployments import Deployment, ImageState, Outcome, Report
from longshore.delivery.environments.following import look, look_after
from longshore.delivery.environments.states import current, find, heard, image
from longshore.delivery.notifications.events import Kind
from longshore.delivery.ports import Transaction
from longshore.delivery.rollouts.services import NAME
from longshore.registry.refusals import Invalid, Unknown

LOST_AFTER = 5 * 60_000  # ms without a word from a host
MOST_HOSTS = 200  # of an environment
LONGEST_DETAIL = 4000  # characters: the last lines of a log


def report(tx: Transaction, environment: str, host: str, reports: Sequence[Report]) -> None:
    """Take what a host says, and draw the consequences; raises Unknown, and Invalid."""
    declared = find(tx, environment).declared
    known = {service.name for service in declared.services}
    if NAME.fullmatch(host) is None:
        raise Invalid(
            f"{host[:80]!r} is no name of a host: it is at most 40 lower-case letters, digits,"
            " '_', '.' or '-'"
        )
    hosts = {each.host for each in tx.reports.of(environment)} | {host}
    if len(hosts) > MOST_HOSTS:
        raise Invalid(f"an environment has at most {MOST_HOSTS} hosts: remove one that is gone")
    for each in reports:
        # One that was declared a moment ago and is not any more is nothing to be told of.
        if each.service in known:
            tx.reports.put(each._replace(at=tx.now, detail=each.detail[-LONGEST_DETAIL:]))
    for number in sorted({each.deployment for each in reports}):
        _look_back(tx, environment, number)
    conclude(tx, environment)


def remove_host(tx: Transaction, environment: str, host: str) -> None:
    """Forget what a host that is gone has reported; raises Unknown."""
    find(tx, environment)
    if not tx.reports.remove(environment, host):
        raise Unknown(f"no host {host[:80]} has reported from {environment}")
    conclude(tx, environment)


def conclude(tx: Transaction, environment: str) -> None:
    """Draw the consequences of what is reported; raises Unknown."""
    for repository in find(tx, environment).declared.repositories:
        _conclude(tx, image(tx, environment, repository))


class Verdict(NamedTuple):
    """What the reports say of a deployment, and who says what of a failure."""

    outcome: Outcome
    reason: str = ""


def verdict(
    deployment: Deployment, services: Collection[str], reports: Sequence[Report], now: int
) -> Verdict:
    """What becomes of a deployment of these services, as its hosts see it.

    A host that says nothing any more holds up no other; one that has not come to it yet does.
    """
    mine = [each for each in reports if each.service in services]
    told = [each for each in mine if each.deployment == deployment.id]
    for each in told:
        if each.state == "failed":
            where = f"{each.service} on {each.host}"
            return Verdict("failed", f"{where}: {each.detail}" if each.detail else where)
    alive = [each for each in mine if now - each.at < LOST_AFTER or each in told]
    is_everywhere = all(
        each.deployment == deployment.id
        and each.state == "healthy"
        and each.digest == deployment.digest
        for each in alive
    )
    is_whole = {each.service for each in told} == set(services)
    return Verdict("healthy" if is_everywhere and is_whole else "pending")


def _look_back(tx: Transaction, environment: str, number: int) -> None:
    """Note that a deployment was healthy, of which that is heard after it was replaced."""
    late = tx.deployments.find(number)
    if late is None or late.environment != environment:
        return
    if late.ended_at is None or late.outcome != "pending":
        return
    if _services(tx, late) and _reached(tx, late).outcome == "healthy":
        state = image(tx, environment, late.repository)
        _succeed(tx, state, late, "heard of after it was replaced")


def _conclude(tx: Transaction, state: ImageState) -> None:
    present = current(tx, state)
    if present is None:
        return
    reached = _reached(tx, present)
    if reached.outcome in {present.outcome, "pending"}:
        return
    if reached.outcome == "healthy":
        decisions.tell(tx, state, Kind.DEPLOYED, _succeed(tx, state, present))
    else:
        _fail(tx, state, present, reached.reason)
    look(tx, state.environment)
    look_after(tx, state.environment)


def _succeed(tx: Transaction, state: ImageState, deployment: Deployment, reason: str = "") -> Told:
    """Note that it is healthy; answers what the line in the history says."""
    tx.deployments.conclude(deployment._replace(outcome="healthy", healthy_at=tx.now))
    told = Told(deployment.digest, deployment.name, reason)
    decisions.record(tx, state, "healthy", told)
    return told


def _fail(tx: Transaction, state: ImageState, present: Deployment, reason: str) -> None:
    tx.deployments.conclude(present._replace(outcome="failed", healthy_at=None, failed_at=tx.now))
    told = Told(present.digest, present.name, reason)
    decisions.record(tx, state, "fail", told)
    decisions.tell(tx, state, Kind.FAILED, told)
    back = way_back(tx, state)
    if present.outcome == "pending" and back is not None:
        why = f"{present.name} failed"
        run(tx, state, Change(back.digest, back.name, "undo", tx.actor.name, why, restoring(back)))


def _reached(tx: Transaction, deployment: Deployment) -> Verdict:
    """What becomes of a deployment, by what was heard of its hosts until now."""
    reports = heard(tx, deployment.environment)
    return verdict(deployment, _services(tx, deployment), reports, tx.now)


def _services(tx: Transaction, deployment: Deployment) -> set[str]:
    """Those that are to run its image, by what is declared now."""
    declared = find(tx, deployment.environment).declared
    return {each.name for each in declared.services if each.image == deployment.repository}
