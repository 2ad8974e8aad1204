"""Gates: what keeps an image from being deployed now, and until when.

Decides whether an environment changes. What somebody asks for passes a hold, an earlier failure
and the minimum age, and nothing else; a way back passes all, and is not asked here. Every gate
that is closed is told, not just the first. Times are milliseconds.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Literal, NamedTuple

from longshore.delivery.environments import windows
from longshore.delivery.environments.deployments import Approval, Deployment, Freeze, Hold
from longshore.delivery.environments.environment import Environment
from longshore.oci.digest import Digest

Code = Literal["held", "failed", "young", "frozen", "unverified", "unapproved", "closed"]


class Target(NamedTuple):
    """An image that is to be run; `who` asks for it, empty if it is followed."""

    digest: Digest
    name: str
    since: int
    who: str = ""


class Obstacle(NamedTuple):
    """A gate that is closed; `until` is when time alone opens it, None if it does not."""

    code: Code
    text: str
    until: int | None = None


class Seen(NamedTuple):
    """What the rows say of a target.

    `here` and `earlier` are deployments of its digest in the environment and in the one that it
    is promoted from, the newest first.
    """

    hold: Hold | None
    freeze: Freeze | None
    approvals: tuple[Approval, ...]
    here: list[Deployment]
    earlier: list[Deployment]
    verified_after: int


def obstacles(
    environment: Environment, target: Target, seen: Seen, now: int
) -> tuple[Obstacle, ...]:
    """Every gate that is closed to the target; none is left when it is to be deployed."""
    followed = () if target.who else _of_followed(environment, target, seen, now)
    return (*followed, *_of_all(environment, target, seen, now))


def _of_followed(
    environment: Environment, target: Target, seen: Seen, now: int
) -> Iterator[Obstacle]:
    if seen.hold is not None:
        yield Obstacle("held", _told_hold(seen.hold, environment.name))
    if has_failed(seen.here):
        yield Obstacle(
            "failed", f"it failed here before: `longshore deploy {environment.name}` tries it again"
        )
    old_enough = target.since + round(environment.min_age * 1000)
    if now < old_enough:
        yield Obstacle("young", f"it is not old enough until {when(old_enough)}", old_enough)


def _of_all(environment: Environment, target: Target, seen: Seen, now: int) -> Iterator[Obstacle]:
    if seen.freeze is not None and seen.freeze.lasts(now):
        yield _frozen(seen.freeze)
    if environment.promote_from:
        yield from _unverified(environment, seen, now)
    missing = environment.approvals - len(approvers(target, seen.approvals))
    if missing > 0:
        yield Obstacle("unapproved", f"it awaits {missing} of {environment.approvals} approvals")
    if not windows.is_open(environment.windows, now):
        opening = windows.opens_at(environment.windows, now)
        told = f"opens {when(opening)}" if opening is not None else "never opens"
        yield Obstacle("closed", f"the window {told}", opening)


def approvers(target: Target, approvals: tuple[Approval, ...]) -> set[str]:
    """Who is in favour of the target; whoever asks for it does not count."""
    return {each.who for each in approvals if each.digest == target.digest} - {target.who}


def has_failed(deployments: list[Deployment]) -> bool:
    """Whether the last word on an image, of its deployments with the newest first, is bad."""
    outcomes = [each.outcome for each in deployments if each.outcome != "pending"]
    return outcomes[:1] == ["failed"]


def verified_at(deployments: list[Deployment], verified_after: int) -> int | None:
    """When an image was, or will be, healthy for long enough; None if it must be deployed first.

    Of its deployments, the newest first. One that ended earlier verified nothing, and a failure
    takes back all that was verified before it.
    """
    times: list[int] = []
    for each in [] if has_failed(deployments) else deployments:
        if each.healthy_at is not None:
            verified = each.healthy_at + verified_after
            if each.ended_at is None or verified <= each.ended_at:
                times.append(verified)
        if each.failed_at is not None:
            break
    return min(times, default=None)


def _unverified(environment: Environment, seen: Seen, now: int) -> Iterator[Obstacle]:
    earlier = environment.promote_from
    verified = verified_at(seen.earlier, seen.verified_after)
    if verified is None:
        yield Obstacle("unverified", f"{earlier} has not verified it")
    elif now < verified:
        yield Obstacle("unverified", f"{earlier} has verified it {when(verified)}", verified)


def _frozen(freeze: Freeze) -> Obstacle:
    told = f"frozen by {freeze.who}" if freeze.who else "frozen"
    told += f" until {when(freeze.until)}" if freeze.until is not None else ""
    return Obstacle("frozen", f"{told}: {freeze.reason}" if freeze.reason else told, freeze.until)


def _told_hold(hold: Hold, environment: str) -> str:
    told = f"on hold since the {hold.cause} by {hold.who}"
    told += f" ({hold.reason})" if hold.reason else ""
    return f"{told}: `longshore resume {environment}` goes on"


def when(milliseconds: int) -> str:
    """A time for people, in UTC."""
    return f"{datetime.fromtimestamp(milliseconds // 1000, UTC):%Y-%m-%d %H:%M} UTC"
