"""How an environment stands, in JSON: what runs, what is held, what waits and what hosts say.

Decides nothing but the form. Times are RFC 3339; digests and tags are as the registry has them.
"""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct

from longshore.api.management.fields import instant, instant_or_none
from longshore.delivery.environments import deployments
from longshore.delivery.environments.deployments import Cause, Condition, Outcome
from longshore.delivery.environments.desired import Status
from longshore.delivery.environments.environment import Environment
from longshore.delivery.environments.records import Agent
from longshore.delivery.environments.reporting import LOST_AFTER
from longshore.delivery.environments.states import Shown
from longshore.registry import history


class Origin(Struct):
    """The commit and the branch that an image says it is from; empty where it does not say."""

    revision: str
    source: str
    branch: str


class Deployment(Struct):
    """An image that the environment is to run; `name` is what it was found by.

    `restores` is the earlier deployment that was gone back to. `healthy_at` is when all hosts had
    it, healthy.
    """

    id: int
    digest: str
    name: str
    at: datetime
    cause: Cause
    who: str
    reason: str
    restores: int | None
    outcome: Outcome
    healthy_at: datetime | None
    failed_at: datetime | None
    ended_at: datetime | None
    origin: Origin


class Hold(Struct):
    """Nothing is followed until somebody says `resume`."""

    cause: str
    who: str
    at: datetime
    reason: str


class Frozen(Struct):
    """Nothing is deployed until somebody says `unfreeze`, or until then."""

    who: str
    at: datetime
    reason: str
    until: datetime | None


class Requested(Struct):
    """Somebody has asked for this image, and it waits for approvals."""

    cause: str
    digest: str
    name: str
    who: str
    at: datetime
    reason: str


class Awaiting(Struct):
    """An image that is to be run and is not yet; `codes` say what keeps it, `text` in words."""

    digest: str
    name: str
    since: datetime
    codes: list[str]
    text: str
    origin: Origin


class Approved(Struct):
    """An account is in favour of an image."""

    digest: str
    who: str
    at: datetime


class ImageStanding(Struct):
    """What the environment is to run of a repository."""

    repository: str
    deployment: Deployment | None
    hold: Hold | None
    request: Requested | None
    waiting: Awaiting | None
    approvals: list[Approved]


class HostStanding(Struct):
    """The last word of a host on a service. `is_lost`: it has not been heard of for minutes."""

    host: str
    service: str
    deployment: int
    digest: str
    state: Condition
    at: datetime
    is_lost: bool
    detail: str


class KnownHost(Struct):
    """A host; `is_lost` when it has not been heard of for minutes."""

    host: str
    account: str
    seen_at: datetime | None
    generation: int | None
    is_lost: bool


class Standing(Struct):
    """An environment as it was declared, and as it stands.

    `agents` are its hosts, `hosts` what each of them said last of each service.
    """

    name: str
    track: str
    generation: int
    freeze: Frozen | None
    images: list[ImageStanding]
    agents: list[KnownHost]
    hosts: list[HostStanding]
    declared: Environment


def standing(found: Status, now: int) -> Standing:
    """`now` is in milliseconds."""
    state = found.state
    declared, freeze = state.declared, state.freeze
    frozen = None
    if freeze is not None and freeze.lasts(now):
        until = instant_or_none(freeze.until)
        frozen = Frozen(freeze.who, instant(freeze.at), freeze.reason, until)
    return Standing(
        declared.name,
        declared.track,
        state.generation,
        frozen,
        [image(one) for one in found.images],
        [known_host(agent) for agent in found.agents],
        [_host(report, now) for report in found.reports],
        declared,
    )


def image(found: Shown) -> ImageStanding:
    state, current = found.state, found.deployment
    return ImageStanding(
        state.repository,
        None if current is None else _deployment(current, found.origin),
        None if state.hold is None else _hold(state.hold),
        None if state.request is None else _request(state.request),
        None if state.waiting is None else _waiting(state.waiting, found.awaited),
        [Approved(one.digest, one.who, instant(one.at)) for one in state.approvals],
    )


def _hold(hold: deployments.Hold) -> Hold:
    return Hold(hold.cause, hold.who, instant(hold.at), hold.reason)


def _request(asked: deployments.Request) -> Requested:
    return Requested(
        asked.cause, asked.digest, asked.name, asked.who, instant(asked.at), asked.reason
    )


def _waiting(waiting: deployments.Waiting, origin: history.Origin) -> Awaiting:
    since, codes = instant(waiting.since), list(waiting.codes)
    return Awaiting(waiting.digest, waiting.name, since, codes, waiting.text, Origin(*origin))


def _deployment(found: deployments.Deployment, origin: history.Origin) -> Deployment:
    return Deployment(
        found.id,
        found.digest,
        found.name,
        instant(found.at),
        found.cause,
        found.who,
        found.reason,
        found.restores,
        found.outcome,
        instant_or_none(found.healthy_at),
        instant_or_none(found.failed_at),
        instant_or_none(found.ended_at),
        Origin(*origin),
    )


def known_host(agent: Agent) -> KnownHost:
    return KnownHost(
        agent.host,
        agent.account,
        instant_or_none(agent.seen_at),
        agent.generation,
        agent.lost_at is not None,
    )


def _host(report: deployments.Report, now: int) -> HostStanding:
    return HostStanding(
        report.host,
        report.service,
        report.deployment,
        report.digest,
        report.state,
        instant(report.at),
        now - report.at >= LOST_AFTER,
        report.detail,
    )
