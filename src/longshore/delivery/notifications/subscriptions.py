"""Notifications: who is told what, and what becomes of a message that its target does not take.

Decides that an event and its letters are one transaction; that letters of a subscription go in
order, and one that is refused again and again lets the others pass; how long the pauses are, and
when a letter is given up. Knows no network: a server sends what is due, and says how it went.
"""

from __future__ import annotations

import base64
import re
import secrets
from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from longshore.delivery.notifications.events import OF_ENVIRONMENTS, OF_TAGS, Event, Kind, Message
from longshore.delivery.notifications.outbox import (
    Backlog,
    Letter,
    Medium,
    Progress,
    Subscription,
    Target,
    Undelivered,
)
from longshore.delivery.ports import Transaction
from longshore.registry import audit
from longshore.registry.access import LOCAL
from longshore.registry.accounts import NAME
from longshore.registry.patterns import Pattern
from longshore.registry.refusals import Exists, Invalid, Unknown
from longshore.registry.trust import is_secure

MOST = 100  # subscriptions: each event looks at all of them
ADDRESS_LIMIT = 2048  # characters

FIRST_PAUSE, LONGEST_PAUSE = 5_000, 15 * 60_000  # ms
LONGEST_ASKED = 6 * 3600_000  # ms that a target may ask to wait
PATIENCE = 3  # refusals of a letter, after which others pass it
GIVE_UP_AFTER = 3 * 86400_000  # ms
MOST_LETTERS = 10_000  # that wait for one target

LEASE = "notifications"
LEASE_PERIOD = 15_000  # ms

LONGEST_OVERLAP = 30 * 86400_000  # ms for which two secrets sign

_KEY_SIZE = 32  # bytes; Standard Webhooks asks for 24 to 64
# RFC 5321, section 4.1.2, without quoted names and numbers for hosts.
_ATOM, _LABEL = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+", r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?"
_MAIL = re.compile(rf"{_ATOM}(?:\.{_ATOM})*@{_LABEL}(?:\.{_LABEL})*")
MAIL_LIMIT = 254  # characters


class Wish(NamedTuple):
    """A subscription that is to be. No kinds are all that the patterns have to do with."""

    name: str
    medium: Medium
    address: str
    kinds: frozenset[Kind] = frozenset()
    repositories: Pattern | None = None
    environments: Pattern | None = None


class Status(NamedTuple):
    """A subscription, and how it fares."""

    subscription: Subscription
    progress: Progress
    backlog: Backlog


def emit(tx: Transaction, event: Event) -> None:
    """Tell all who want to know, once this transaction is durable and not if it fails."""
    wanting = [one.name for one in tx.subscriptions.all() if one.wants(event)]
    if not wanting:
        return
    message = _message(tx, event)
    for name in wanting:
        tx.outbox.add(name, message)


def _message(tx: Transaction, event: Event) -> Message:
    return Message(secrets.token_hex(16), tx.now, tx.actor.name, event)


def add(tx: Transaction, wish: Wish) -> Status:
    """Raises Invalid, and Exists."""
    if re.fullmatch(NAME, wish.name) is None:
        raise Invalid(f"{wish.name[:80]!r} is no name: take letters, digits, '.', '_' and '-'")
    if tx.subscriptions.find(wish.name) is not None:
        raise Exists(f"there is a subscription {wish.name} already")
    if len(tx.subscriptions.all()) >= MOST:
        raise Invalid(f"there are {MOST} subscriptions, and can not be more: remove one")
    subscription = Subscription(
        wish.name,
        _target(tx, wish.medium, wish.address),
        _kinds(wish),
        wish.repositories,
        wish.environments,
        tx.now,
    )
    tx.subscriptions.add(subscription)
    detail = {"medium": wish.medium, "target": subscription.target.shown}
    audit.record(tx, "notification.add", wish.name, **detail)
    return _status(tx, subscription)


def _kinds(wish: Wish) -> frozenset[Kind]:
    if wish.kinds:
        return wish.kinds
    if (wish.repositories is None) == (wish.environments is None):
        return OF_TAGS | OF_ENVIRONMENTS
    return OF_ENVIRONMENTS if wish.repositories is None else OF_TAGS


def _target(tx: Transaction, medium: Medium, address: str) -> Target:
    """Raises Invalid.

    What listens on this machine trusts whoever is on it, so who is elsewhere does not get there.
    """
    if medium == "email":
        if len(address) > MAIL_LIMIT or _MAIL.fullmatch(address) is None:
            raise Invalid("that is no address of mail: write NAME@HOST")
        return Target(medium, address)
    if len(address) > ADDRESS_LIMIT or not is_secure(address):
        raise Invalid("a target is a URL that begins with https://; http is for this machine only")
    if not address.startswith("https:") and tx.actor.name != LOCAL.name:
        raise Invalid("a target on the registry's machine is added on that machine only")
    if medium == "slack":
        return Target(medium, address)
    return Target(medium, address, _new_secret())


def _new_secret() -> str:
    return f"whsec_{base64.b64encode(secrets.token_bytes(_KEY_SIZE)).decode()}"


def rotate(tx: Transaction, name: str, overlap: int) -> Target:
    """Sign with a new secret, and for `overlap` ms with the one before as well.

    What waits keeps its place, and goes signed as it is when it goes. Raises Unknown, and Invalid.
    """
    target = find(tx, name).subscription.target
    if target.medium != "webhook":
        raise Invalid(f"{name} has no secret: only what goes to a webhook is signed")
    if not 0 <= overlap <= LONGEST_OVERLAP:
        raise Invalid(f"two secrets are for at most {LONGEST_OVERLAP // 86400_000} days")
    former = target.secret if overlap else ""
    rotated = replace(target, secret=_new_secret(), former=former, former_until=tx.now + overlap)
    tx.subscriptions.redirect(name, rotated)
    audit.record(tx, "notification.rotate", name, former_until=rotated.former_until)
    return rotated


def find(tx: Transaction, name: str) -> Status:
    """Raises Unknown."""
    subscription = tx.subscriptions.find(name)
    if subscription is None:
        raise Unknown(f"there is no subscription {name[:80]}")
    return _status(tx, subscription)


def page(tx: Transaction, last: str, limit: int) -> tuple[list[Status], bool]:
    """Subscriptions after that name, and whether there are more."""
    found = [one for one in tx.subscriptions.all() if one.name > last]
    return [_status(tx, one) for one in found[:limit]], len(found) > limit


def _status(tx: Transaction, subscription: Subscription) -> Status:
    name = subscription.name
    return Status(subscription, tx.subscriptions.progress(name), tx.outbox.backlog(name))


def remove(tx: Transaction, name: str) -> None:
    """Remove it with what waits; raises Unknown."""
    if not tx.subscriptions.remove(name):
        raise Unknown(f"there is no subscription {name[:80]}")
    audit.record(tx, "notification.remove", name)


def trial(tx: Transaction, name: str) -> tuple[Target, Message]:
    """A test, to be sent at once, and where to; raises Unknown."""
    return find(tx, name).subscription.target, _message(tx, Event(Kind.TEST))


def due(tx: Transaction) -> list[str]:
    """Subscriptions to which something can be sent now."""
    return [one.name for one in tx.subscriptions.all() if next_letter(tx, one.name) is not None]


def next_letter(tx: Transaction, name: str) -> tuple[Target, Letter] | None:
    """What to send to whom; None as long as there is nothing, or the target gets a rest."""
    subscription = tx.subscriptions.find(name)
    if subscription is None or tx.subscriptions.progress(name).retry_at > tx.now:
        return None
    letter = tx.outbox.next(name, tx.now)
    return None if letter is None else (subscription.target, letter)


def delivered(tx: Transaction, name: str, letter: Letter) -> None:
    """The target has taken it."""
    tx.outbox.remove(letter.id)
    dropped = tx.subscriptions.progress(name).dropped
    tx.subscriptions.note(name, Progress(delivered_at=tx.now, dropped=dropped))


def failed(tx: Transaction, name: str, letter: Letter, problem: Undelivered, chance: float) -> None:
    """The target has not taken it; `chance` is between 0 and 1, so that pauses differ.

    The target gets a rest, unless it has only refused once more what others have passed.
    """
    refusals = letter.refusals + problem.is_refusal
    aside_until = tx.now + _pause(refusals, problem, chance) if refusals >= PATIENCE else 0
    tx.outbox.put_aside(letter.id, refusals, aside_until)
    former = tx.subscriptions.progress(name)
    progress = former._replace(problem=str(problem))
    if not problem.is_refusal or letter.refusals < PATIENCE:
        failures = former.failures + 1
        retry_at = tx.now + _pause(failures, problem, chance)
        progress = progress._replace(failures=failures, retry_at=retry_at)
    tx.subscriptions.note(name, progress)


def _pause(failures: int, problem: Undelivered, chance: float) -> int:
    """Milliseconds to wait after so many failures, or as long as the target asks for.

    Doubled with each, less a random part: targets that failed together are not tried together.
    """
    if problem.retry_after is not None:
        return min(round(problem.retry_after * 1000), LONGEST_ASKED)
    longest = min(FIRST_PAUSE << min(failures - 1, 16), LONGEST_PAUSE)
    return round(longest * (1 - chance / 2))


def expire(tx: Transaction) -> Sequence[tuple[str, int]]:
    """Give up some letters that are too old, or too many; answers how many of whom."""
    given_up = []
    for name in [one.name for one in tx.subscriptions.all()]:
        count = tx.outbox.drop(name, tx.now - GIVE_UP_AFTER, MOST_LETTERS)
        if count:
            progress = tx.subscriptions.progress(name)
            tx.subscriptions.note(name, progress._replace(dropped=progress.dropped + count))
            given_up.append((name, count))
    return given_up


def take_lease(tx: Transaction, holder: str) -> bool:
    """Whether this process, and no other, sends from now on for the period of the lease."""
    return tx.leases.take(LEASE, holder, tx.now, tx.now + LEASE_PERIOD)
