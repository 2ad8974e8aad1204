"""Profiles: an account with all that belongs to it, as those who manage accounts look at it.

Decides what belongs to an account and what a caller is told of itself. Changes nothing.
"""

from __future__ import annotations

from typing import NamedTuple

from longshore.registry import accounts
from longshore.registry.access import Caller
from longshore.registry.directory import Account, Kind, Secret
from longshore.registry.grants import Grant
from longshore.registry.ports import Transaction
from longshore.registry.refusals import Unknown
from longshore.registry.trust import Trust


class Profile(NamedTuple):
    """`grants` are the account's own; those of its groups, and of everybody, come on top."""

    account: Account
    groups: list[str]
    grants: list[Grant]
    secrets: list[Secret]


def find(tx: Transaction, name: str, kind: Kind) -> Profile:
    """Raises Unknown."""
    return _profile(tx, accounts.find(tx, name, kind))


def page(tx: Transaction, kind: Kind, last: str, limit: int) -> tuple[list[Profile], bool]:
    """Accounts of that kind after `last`, and whether there are more."""
    found = tx.accounts.page(last, limit + 1, kind)
    return [_profile(tx, account) for account in found[:limit]], len(found) > limit


def _profile(tx: Transaction, account: Account) -> Profile:
    name = account.name
    return Profile(account, tx.groups.of(name), tx.grants.of([name]), tx.secrets.of(name))


class TrustProfile(NamedTuple):
    """What an issuer's tokens speak for, and by which policy."""

    profile: Profile
    trust: Trust


def find_trust(tx: Transaction, name: str) -> TrustProfile:
    """Raises Unknown."""
    trust = tx.trusts.find(name)
    if trust is None:
        raise Unknown(f"there is no trust {name[:80]}")
    return TrustProfile(find(tx, name, "trust"), trust)


def page_of_trusts(tx: Transaction, last: str, limit: int) -> tuple[list[TrustProfile], bool]:
    """Those after `last`, and whether there are more."""
    found = tx.trusts.page(last, limit + 1)
    profiles = [TrustProfile(find(tx, trust.name, "trust"), trust) for trust in found[:limit]]
    return profiles, len(found) > limit


class Group(NamedTuple):
    name: str
    size: int


def page_of_groups(tx: Transaction, last: str, limit: int) -> tuple[list[Group], bool]:
    """Groups after `last`, and whether there are more."""
    names = tx.groups.page(last, limit + 1)
    return [Group(name, len(tx.groups.members(name))) for name in names[:limit]], len(names) > limit


def members(tx: Transaction, group: str) -> list[str]:
    """Raises Unknown: a group without members is none."""
    found = tx.groups.members(group)
    if not found:
        raise Unknown(f"there is no group {group[:80]}")
    return found


class Own(NamedTuple):
    """What a caller is told of itself. `account` is None for one that is not in the database."""

    caller: Caller
    account: Account | None
    groups: list[str]


def own(tx: Transaction, caller: Caller) -> Own:
    return Own(caller, tx.accounts.find(caller.name), tx.groups.of(caller.name))


def sessions(tx: Transaction, name: str) -> list[Secret]:
    """The clients that stay logged in as this user: their refresh tokens."""
    return [
        secret
        for secret in tx.secrets.of(name)
        if secret.kind == "refresh" and (secret.expires_at is None or secret.expires_at > tx.now)
    ]
