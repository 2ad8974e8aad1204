"""Management: what administrators do, each act with all that belongs to it, or nothing of it.

Decides what comes together: an account with its grants and its first secret; a removal with the
word whether nobody is left who administers. Who may do it is decided before, in `access`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from longshore.registry import access, accounts, administration, profiles, trust
from longshore.registry.directory import Kind, Secret
from longshore.registry.grants import Grant, Verb
from longshore.registry.patterns import Pattern
from longshore.registry.ports import Transaction
from longshore.registry.profiles import Profile, TrustProfile
from longshore.registry.refusals import Invalid, Unknown
from longshore.registry.trust import Trust, TrustInvalid


class Allowed(NamedTuple):
    """What an account may do, and where."""

    pattern: Pattern
    verbs: frozenset[Verb]


class Newcomer(NamedTuple):
    """An account that is to be, and what it may do from the start."""

    name: str
    description: str
    allowed: Sequence[Allowed]


class NewSecret(NamedTuple):
    """`digest` is of a secret that only its holder knows; `expires_at` None is never."""

    digest: str
    label: str
    expires_at: int | None


class Added(NamedTuple):
    """`is_first`: this account closed the registry, which had been anybody's."""

    profile: Profile
    is_first: bool


def add_user(tx: Transaction, new: Newcomer, hashed: str) -> Added:
    """A person, with what it may do; raises Invalid, and Exists."""
    is_first = not access.state(tx).is_secured
    accounts.add_user(tx, new.name, hashed, new.description)
    return Added(_welcome(tx, new, "user"), is_first)


def add_robot(tx: Transaction, new: Newcomer, secret: NewSecret) -> Added:
    """A program, with what it may do and a secret to log in with; raises Invalid, and Exists."""
    is_first = not access.state(tx).is_secured
    accounts.add(tx, new.name, "robot", new.description)
    add_secret(tx, new.name, secret)
    return Added(_welcome(tx, new, "robot"), is_first)


def add_trust(tx: Transaction, new: Newcomer, policy: Trust) -> TrustProfile:
    """What an issuer's tokens speak for; raises Invalid, and Exists."""
    try:
        trust.check(policy)
    except TrustInvalid as problem:
        raise Invalid(str(problem)) from None
    accounts.add_trust(tx, policy, new.description)
    return TrustProfile(_welcome(tx, new, "trust"), policy)


def _welcome(tx: Transaction, new: Newcomer, kind: Kind) -> Profile:
    for allowed in new.allowed:
        administration.grant(tx, Grant(new.name, *allowed))
    return profiles.find(tx, new.name, kind)


def add_secret(tx: Transaction, robot: str, secret: NewSecret) -> Secret:
    """One more secret of a robot, besides those it has; raises Invalid, and Unknown."""
    return accounts.add_secret(tx, robot, "robot", *secret)


def remove_secret(tx: Transaction, robot: str, secret_id: str) -> None:
    """Raises Unknown."""
    accounts.find(tx, robot, "robot")
    accounts.remove_secret(tx, robot, secret_id)


def end_session(tx: Transaction, name: str, session_id: str) -> None:
    """Log one client of a user out; raises Unknown."""
    if all(session.id != session_id for session in profiles.sessions(tx, name)):
        raise Unknown(f"there is no session {session_id[:80]}")
    accounts.remove_secret(tx, name, session_id)


def enable(tx: Transaction, name: str, kind: Kind, *, is_enabled: bool) -> bool:
    """Let an account in again, or not any more; raises Unknown.

    Answers, as the following do, whether this leaves nobody who administers, so that from now on
    only the owner of the registry's machine does.
    """
    had_one = administration.has_administrator(tx)
    accounts.find(tx, name, kind)
    accounts.enable(tx, name, is_enabled=is_enabled)
    return had_one and not administration.has_administrator(tx)


def remove(tx: Transaction, name: str, kind: Kind) -> bool:
    """Remove an account and all that is its own; raises Unknown."""
    had_one = administration.has_administrator(tx)
    accounts.find(tx, name, kind)
    accounts.remove(tx, name)
    return had_one and not administration.has_administrator(tx)


def grant(tx: Transaction, given: Grant, *, is_expected: bool) -> bool:
    """As `administration.grant`, which may put less in the place of what was there."""
    had_one = administration.has_administrator(tx)
    administration.grant(tx, given, is_expected=is_expected)
    return had_one and not administration.has_administrator(tx)


def revoke(tx: Transaction, subject: str, pattern: Pattern) -> bool:
    """Raises Unknown."""
    had_one = administration.has_administrator(tx)
    administration.revoke(tx, subject, pattern)
    return had_one and not administration.has_administrator(tx)


def remove_member(tx: Transaction, group: str, account: str) -> bool:
    """Raises Unknown."""
    had_one = administration.has_administrator(tx)
    administration.remove_member(tx, group, account)
    return had_one and not administration.has_administrator(tx)
