"""A server with accounts, and everything by which a caller can say who it is, right and wrong.

Accounts are made as somebody on the machine of the server makes them: in its rows.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import itertools
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Concatenate, NamedTuple, ParamSpec, TypeVar
from urllib.parse import urlencode

import argon2
import bcrypt

from longshore.credentials.tokens import JWTTokens
from longshore.delivery.ports import Transaction
from longshore.oci.scope import parse_scopes
from longshore.registry import access, accounts, administration, keys
from longshore.registry.credentials import Claims
from longshore.registry.directory import Actor, Entry, Secret
from longshore.registry.secrets import Kind, digest_of, new
from longshore.server.wiring import ISSUER
from longshore.storage.sqlite import SQLiteMetadata
from tests.api.wire import Body, Headers, Reply, Wire
from tests.leaks import PLANTED
from tests.registry.granting import grant
from tests.serving import Server

P = ParamSpec("P")
T = TypeVar("T")
Proof = str | Mapping[str, str] | None  # an Authorization header, or headers of other names

PASSWORD = f"{PLANTED}-password of nobody"
BEHIND_A_PROXY = ("--trusted-proxies", "127.0.0.1")

_addresses = itertools.count(1)


def new_address() -> str:
    """An address that nobody has called from, so that nobody's failures count for it."""
    number = next(_addresses)
    return f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}"


def basic(name: str, password: str = PASSWORD) -> str:
    return f"Basic {base64.b64encode(f'{name}:{password}'.encode()).decode()}"


def bearer(token: str) -> str:
    return f"Bearer {token}"


def hashed(password: str) -> str:
    """What is kept of a password, at the least cost for who is asked whether it fits."""
    return argon2.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(password)


_HASHED = hashed(PASSWORD)


def file_of_passwords(*names: str) -> str:
    """What `htpasswd -B` writes, at the least cost."""
    return "".join(
        f"{name}:{bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(4)).decode()}\n" for name in names
    )


class Asked(NamedTuple):
    """A request, but for who asks."""

    method: str
    target: str
    body: bytes | None = None
    content_type: str = "application/octet-stream"


class Signed(Wire):
    """The wire, with every request from one account."""

    def __init__(self, port: int, authorization: str) -> None:
        super().__init__(port)
        self._authorization = authorization

    def ask(
        self, method: str, target: str, body: Body | None = None, headers: Headers | None = None
    ) -> Reply:
        signed = {**(headers or {}), "Authorization": self._authorization}
        return super().ask(method, target, body, signed)


class Secured:
    """The rows of a server, and the wire to it."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.wire = Wire(server.port)
        self._tokens = JWTTokens(ISSUER)

    @property
    def root(self) -> Path:
        return self.server.root

    def write(
        self, rule: Callable[Concatenate[Transaction, P], T], /, *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Run a rule as somebody does who has the files."""
        database = self.root / "longshore.db"
        with contextlib.closing(SQLiteMetadata(database, 0)) as metadata:
            return asyncio.run(metadata.by(Actor("local")).write(rule, *args, **kwargs))

    def add_user(self, name: str, *grants: str) -> None:
        self.write(accounts.add_user, name, _HASHED)
        self.grant(name, *grants)

    def add_robot(self, name: str, *grants: str) -> str:
        """Make a robot; answers its secret."""
        self.write(accounts.add, name, "robot")
        self.grant(name, *grants)
        text = new(Kind.ROBOT)
        self.write(accounts.add_secret, name, "robot", digest_of(text))
        return text

    def add_expired_secret(self, name: str) -> str:
        text = new(Kind.ROBOT)
        expired = Secret(digest_of(text)[:8], name, "robot", "", 0, 1, None)
        self.write(lambda tx: tx.secrets.add(expired, digest_of(text)))
        return text

    def grant(self, subject: str, *grants: str) -> None:
        for text in grants:
            self.write(administration.grant, grant(subject, text), is_expected=False)

    def sign(
        self,
        name: str,
        *scopes: str,
        audience: str | None = None,
        age: int = 0,
    ) -> str:
        """A token as the registry signs it, for whomever."""
        ring = self.write(keys.ring)
        now = int(time.time()) - age
        claims = Claims(
            name,
            ring.audience if audience is None else audience,
            now,
            now + 300,
            tuple(parse_scopes(" ".join(scopes))),
        )
        return self._tokens.sign(claims, ring.signing)

    def token(self, authorization: str | None, *scopes: str) -> str:
        """A token that the registry gives."""
        query = urlencode([("scope", scope) for scope in scopes])
        reply = self.ask(Asked("GET", f"/token?{query}"), authorization)
        assert reply.status == 200, reply
        token: str = reply.json()["token"]
        return token

    def ask(
        self,
        asked: Asked,
        proof: Proof = None,
        address: str | None = None,
        request_id: str = "",
    ) -> Reply:
        """Ask as a caller who has this proof, from an address of its own unless one is given."""
        headers = {"X-Forwarded-For": address or new_address(), "Content-Type": asked.content_type}
        if request_id:
            headers["X-Request-Id"] = request_id
        if isinstance(proof, str):
            headers["Authorization"] = proof
        headers |= {} if proof is None or isinstance(proof, str) else proof
        return self.wire.ask(asked.method, asked.target, asked.body, headers)

    def lines(self, after: int = 0) -> list[Entry]:
        """The audit log."""
        return self.write(lambda tx: tx.audit.page(after, 10_000))

    def is_secured(self) -> bool:
        return self.write(access.state).is_secured
