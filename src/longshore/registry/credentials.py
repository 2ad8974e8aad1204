"""What proves who calls: passwords, tokens of this registry, identity tokens of others. Ports.

Each states its contract. Nothing here knows an algorithm, a file or a network; what a caller may
do once it is known is decided in `access`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, Protocol

from longshore.oci.scope import Scope


class TokenInvalid(Exception):
    """A token is not what it should be; the message says why, for the log and never a secret."""


class Key(NamedTuple):
    """A key that signs tokens. `secret` is shown nowhere; its `id` is in each token's header."""

    id: str
    secret: bytes

    def __repr__(self) -> str:
        return f"Key({self.id})"


class Claims(NamedTuple):
    """What a token of this registry says; times in seconds since the epoch (RFC 7519).

    `subject` is the name of an account, or empty for anybody. `access` is what the token may be
    used for at most: what the account may do now counts as well. `identity` is who an issuer says
    it is, where an account stands for many.
    """

    subject: str
    audience: str
    issued_at: int
    expires_at: int
    access: tuple[Scope, ...]
    identity: str = ""


class Passwords(Protocol):
    """Passwords that people choose, hashed slowly and on purpose: run it in a thread."""

    def hash(self, password: str) -> str:
        """A hash that carries its own salt and parameters."""

    def verify(self, password: str, hashed: str | None) -> bool:
        """Whether it is that password; without a hash, False after just as long."""


class PasswordFile(Protocol):
    """An htpasswd file (bcrypt) that others write; read again when it changes."""

    def hash_of(self, name: str) -> str | None:
        """The hash that the file has for this name now, to be verified by `Passwords`."""


class Tokens(Protocol):
    """Tokens that this registry makes and reads."""

    def sign(self, claims: Claims, key: Key) -> str: ...

    def read(self, token: str, keys: Sequence[Key], audience: str, now: int) -> Claims:
        """What a token says, if one of the keys signed it for this audience and it is its time.

        `now` in seconds. Raises TokenInvalid.
        """


class IdentityTokens(Protocol):
    """Tokens of an OpenID Connect issuer, which say who a build is."""

    def issuer_of(self, token: str) -> str | None:
        """Whose token it claims to be, unverified; None if it is no such token at all."""

    async def verify(self, token: str, issuer: str, audience: str, now: int) -> Mapping[str, Any]:
        """All claims of a token that the issuer's present keys signed for this audience.

        Keys are found by the issuer's discovery document and kept for a while. `now` in seconds.
        Raises TokenInvalid, also when the issuer can not be asked.
        """


class Credentials(NamedTuple):
    """All of them, as a server has them."""

    passwords: Passwords
    tokens: Tokens
    identity_tokens: IdentityTokens
    password_file: PasswordFile | None
