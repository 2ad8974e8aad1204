"""Keys that sign the registry's tokens: made at its first start, and rotated at will.

Decides which key signs and which are still good. A key that was rotated out is good for as long
as a token that it signed may be, so that nobody is logged out.
"""

from __future__ import annotations

import secrets
from typing import NamedTuple

from longshore.registry import access, audit
from longshore.registry.credentials import Key
from longshore.registry.directory import SigningKey
from longshore.registry.ports import Transaction

BYTES = 32  # RFC 7518, section 3.2: at least as long as the hash
AUDIENCE = "audience"  # the fact that names this registry in its tokens


class Ring(NamedTuple):
    """The key that signs, all that are good, and for whom tokens are."""

    signing: Key
    good: tuple[Key, ...]
    audience: str


def prepare(tx: Transaction) -> None:
    """Have a key and a name for tokens; does nothing where there are."""
    if tx.facts.get(AUDIENCE) is None:
        tx.facts.put(AUDIENCE, f"longshore-{secrets.token_hex(6)}")
    if not any(one.retired_at is None for one in tx.keys.all()):
        _add(tx)


def ring(tx: Transaction) -> Ring:
    """The keys as they are now; the registry has been prepared."""
    good = [one for one in tx.keys.all() if one.retired_at is None or one.retired_at > tx.now]
    [signing] = [one.key for one in good if one.retired_at is None][:1]
    return Ring(signing, tuple(one.key for one in good), tx.facts.get(AUDIENCE) or "")


def list_all(tx: Transaction) -> list[SigningKey]:
    """The newest first; among them those that are good no more, until the next rotation."""
    return tx.keys.all()


def rotate(tx: Transaction, lifetime: int) -> str:
    """Sign with a new key from now on; answers its id. `lifetime` is a token's, in milliseconds."""
    for one in tx.keys.all():
        if one.retired_at is None:
            tx.keys.retire(one.key.id, tx.now + lifetime)
        elif one.retired_at <= tx.now:
            tx.keys.remove(one.key.id)
    key_id = _add(tx)
    access.changed(tx)
    audit.record(tx, "key.rotate", key_id)
    return key_id


def _add(tx: Transaction) -> str:
    key = Key(secrets.token_hex(4), secrets.token_bytes(BYTES))
    tx.keys.add(SigningKey(key, tx.now, retired_at=None))
    return key.id
