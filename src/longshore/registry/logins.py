"""Logins: from a proof that was verified, or is to be, to the account that it is of.

Decides which accounts and secrets count now. Whatever does not is answered alike: whether a name
exists is nobody's business but those who can prove that they are it.
"""

from __future__ import annotations

from typing import NamedTuple

from longshore.registry import access, audit
from longshore.registry.access import Caller
from longshore.registry.accounts import RESERVED
from longshore.registry.directory import Secret
from longshore.registry.grants import ANONYMOUS
from longshore.registry.ports import Transaction
from longshore.registry.trust import Trust

MARGIN = 120_000  # ms beyond its end that a token may be taken for good, by clocks that differ
USE_EVERY = 3600_000  # ms between two notes that a secret was used


def password_of(tx: Transaction, name: str) -> str | None:
    """The hash of a user who may log in."""
    account = tx.accounts.find(name)
    return tx.accounts.password(name) if account and account.is_enabled else None


def may_be_elsewhere(tx: Transaction, name: str) -> bool:
    """Whether a file of passwords may speak for this name: it is no account, nor a group's.

    Whoever has a name that means something here would be granted what that one is.
    """
    is_taken = name in RESERVED or name.startswith("@")
    return not is_taken and tx.accounts.find(name) is None


def certified(tx: Transaction, name: str) -> Caller:
    """The account that a certificate names, if it is let in; else anybody."""
    account = tx.accounts.find(name)
    return access.caller(tx, name if account and account.is_enabled else ANONYMOUS)


def by_secret(tx: Transaction, digest: str) -> Secret | None:
    """The secret with this digest, if it is good now and so is its account."""
    secret = tx.secrets.find(digest)
    if secret is None or (secret.expires_at is not None and secret.expires_at <= tx.now):
        return None
    account = tx.accounts.find(secret.account)
    return secret if account and account.is_enabled else None


def trusts(tx: Transaction, issuer: str, name: str) -> list[Trust]:
    """Those that the issuer's tokens may speak for under this name; `oidc` is any."""
    return [trust for trust in tx.trusts.of(issuer) if _may_speak_for(tx, trust, name)]


def _may_speak_for(tx: Transaction, trust: Trust, name: str) -> bool:
    account = tx.accounts.find(trust.name)
    return name in {"oidc", trust.name} and account is not None and account.is_enabled


def use_identity(tx: Transaction, trust: Trust, digest: str, until: int) -> str | None:
    """Note that a token was used; answers why it may not be, if it was before.

    A token may be used again from where it was first used, as clients do that log in with each
    request, unless the trust is for a single use. From elsewhere it was stolen.
    """
    first = tx.trusts.used(digest, tx.actor.address, until + MARGIN)
    if first is None:
        return None
    if trust.is_single_use:
        return "the identity token was used before"
    return None if first == tx.actor.address else "the identity token was used from elsewhere"


class Login(NamedTuple):
    """That somebody logged in, and by which secret if it was one."""

    name: str
    secret: Secret | None = None


def note(tx: Transaction, login: Login) -> None:
    """Write it down."""
    secret = login.secret
    if secret is not None and (secret.last_used_at or 0) < tx.now - USE_EVERY:
        tx.secrets.use(secret.id, tx.now)
    detail = {"secret": secret.id} if secret else {}
    audit.record(tx, "login", login.name, **detail)


def forget(tx: Transaction) -> None:
    """Forget secrets and used tokens that are good for nothing any more."""
    tx.secrets.remove_expired(tx.now)
    tx.trusts.forget_used(tx.now)


class Holder(NamedTuple):
    """Of whom a token is, by its words. `is_elsewhere` is whether a file of passwords has it."""

    name: str
    issued_at: int  # seconds
    is_elsewhere: bool


def token_holder(tx: Transaction, holder: Holder) -> Caller | None:
    """The account that a token speaks of, with its grants of now; None if it may not any more.

    A token outlives its account, and is none of another's who gets the name later.
    """
    name = holder.name
    account = tx.accounts.find(name)
    if account is not None:
        is_good = account.is_enabled and account.created_at < (holder.issued_at + 1) * 1000
    else:
        is_good = name == ANONYMOUS or (holder.is_elsewhere and may_be_elsewhere(tx, name))
    return access.caller(tx, name) if is_good else None
