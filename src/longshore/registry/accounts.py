"""Accounts: people, robots, and what the tokens of an issuer speak for.

Decides what may be an account's name, and what comes and goes with it. The first one secures the
registry: from then on nobody may do anything that was not granted. Every act is in the audit log.
"""

from __future__ import annotations

import re
import secrets as randomness
from typing import Literal

from longshore.registry import access, audit
from longshore.registry.access import LOCAL
from longshore.registry.directory import SYSTEM, Account, Kind, Secret
from longshore.registry.grants import ANONYMOUS, AUTHENTICATED
from longshore.registry.ports import Transaction
from longshore.registry.refusals import Exists, Invalid, Unknown
from longshore.registry.trust import Trust

NAME = r"[a-zA-Z0-9][a-zA-Z0-9._@+-]{0,63}"
_NAME = re.compile(NAME)
# Names with a meaning of their own: `oidc` is what a build gives as its user name.
RESERVED = frozenset({ANONYMOUS, AUTHENTICATED, LOCAL.name, SYSTEM.name, "oidc"})

SESSIONS = 100  # refresh tokens of one account
SHORTEST_PASSWORD, LONGEST_PASSWORD = 8, 1024  # characters


def check_name(name: str) -> str:
    """The name, if an account or a group may have it; raises Invalid."""
    if _NAME.fullmatch(name) is None:
        raise Invalid(
            f"{name[:80]!r} is no name: it has at most 64 letters, digits, '.', '_', '@', '+' or"
            " '-', and begins with a letter or a digit"
        )
    if name in RESERVED:
        raise Invalid(f"{name} has a meaning of its own: choose another name")
    return name


def check_password(name: str, password: str) -> None:
    """Raises Invalid, which says nothing of the password but what is wrong with it.

    NIST SP 800-63B asks for length, and not for letters of many kinds.
    """
    if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        raise Invalid(
            f"a password has at least {SHORTEST_PASSWORD} characters, and at most"
            f" {LONGEST_PASSWORD}"
        )
    if any(ord(letter) < 32 or ord(letter) == 127 for letter in password):
        raise Invalid("a password has no control characters: clients could not send them")
    if password.lower() == name.lower():
        raise Invalid("a password is not the name")


def add(tx: Transaction, name: str, kind: Kind, description: str = "") -> Account:
    """Make an account, which may do nothing yet; raises Invalid, and Exists."""
    check_name(name)
    former = tx.accounts.find(name)
    if former is not None:
        raise Exists(f"there is a {former.kind} {name} already")
    account = Account(name, kind, description, is_enabled=True, created_at=tx.now)
    tx.accounts.add(account)
    access.secure(tx)
    audit.record(tx, f"{kind}.add", name)
    return account


def add_user(tx: Transaction, name: str, hashed: str, description: str = "") -> Account:
    """A person, who logs in with a password; raises as `add` does."""
    account = add(tx, name, "user", description)
    tx.accounts.set_password(name, hashed)
    return account


def add_trust(tx: Transaction, trust: Trust, description: str = "") -> Account:
    """What an issuer's tokens speak for; raises as `add` does."""
    account = add(tx, trust.name, "trust", description)
    tx.trusts.put(trust)
    return account


def find(tx: Transaction, name: str, kind: Kind | None = None) -> Account:
    """Raises Unknown."""
    account = tx.accounts.find(name)
    if account is None or kind not in {None, account.kind}:
        raise Unknown(f"there is no {kind or 'account'} {name[:80]}")
    return account


def is_user(tx: Transaction, name: str) -> bool:
    account = tx.accounts.find(name)
    return account is not None and account.kind == "user"


def change_password(tx: Transaction, name: str, hashed: str) -> None:
    """Raises Unknown. Who is logged in with the former one is logged out."""
    find(tx, name, "user")
    tx.accounts.set_password(name, hashed)
    for secret in tx.secrets.of(name):  # refresh tokens: users have no others
        tx.secrets.remove(name, secret.id)
    access.changed(tx)
    audit.record(tx, "user.password", name)


def enable(tx: Transaction, name: str, *, is_enabled: bool) -> Account:
    """Let it in again, or nobody by that name, at once; raises Unknown."""
    account = find(tx, name)._replace(is_enabled=is_enabled)
    tx.accounts.change(account)
    access.changed(tx)
    audit.record(tx, f"{account.kind}.{'enable' if is_enabled else 'disable'}", name)
    return account


def remove(tx: Transaction, name: str) -> None:
    """Remove it with its secrets, memberships and grants; raises Unknown."""
    account = find(tx, name)
    tx.accounts.remove(name)
    access.changed(tx)
    audit.record(tx, f"{account.kind}.remove", name)


def add_secret(
    tx: Transaction,
    name: str,
    kind: Literal["robot", "refresh"],
    digest: str,
    label: str = "",
    expires_at: int | None = None,
) -> Secret:
    """Let the account be known by one more secret, of which this is the digest.

    Nobody is known by less than before, so what workers remember stays good. Raises Unknown, and
    Invalid.
    """
    find(tx, name, "robot" if kind == "robot" else None)
    if expires_at is not None and expires_at <= tx.now:
        raise Invalid("a secret that has expired already is good for nothing")
    number = randomness.token_hex(4)
    secret = Secret(number, name, kind, label, tx.now, expires_at, last_used_at=None)
    tx.secrets.add(secret, digest)
    audit.record(tx, "secret.add", name, id=number, kind=kind, expires_at=expires_at)
    if kind == "refresh":
        _forget_oldest(tx, name)
    return secret


def _forget_oldest(tx: Transaction, name: str) -> None:
    """A program that logs in again and again keeps what it got last."""
    kept = [secret for secret in tx.secrets.of(name) if secret.kind == "refresh"]
    for secret in kept[:-SESSIONS]:
        tx.secrets.remove(name, secret.id)


def remove_secret(tx: Transaction, name: str, secret_id: str) -> None:
    """Raises Unknown."""
    if not tx.secrets.remove(name, secret_id):
        raise Unknown(f"{name[:80]} has no secret {secret_id[:80]}")
    access.changed(tx)
    audit.record(tx, "secret.remove", name, id=secret_id)
