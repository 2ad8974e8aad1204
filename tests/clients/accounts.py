"""A secured registry under test: who there is, what each may do, and what the server says of it.

Accounts are made on the data folder while the server runs: by the rules, which is quick, or by
the command line, where that is what a test is about. No other test of clients knows what is inside.
"""

import asyncio
import json
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar

import httpx

from longshore.registry import accounts, administration, keys
from longshore.registry.credentials import Claims
from longshore.registry.directory import Entry, Wanted
from longshore.registry.grants import Grant, Verb
from longshore.registry.patterns import Pattern
from longshore.registry.ports import Transaction
from longshore.registry.secrets import Kind, digest_of, new
from longshore.server import wiring
from longshore.server.config import Settings
from longshore.storage.sqlite import SQLiteMetadata
from tests.cli.program import longshore
from tests.clients.remote import Repository
from tests.serving import Server

P = ParamSpec("P")
T = TypeVar("T")

ALICE, BOB, CAROL, OWNER = "alice", "bob", "carol", "owner"
ROBOT = "ci"
ANYBODY = "anonymous"
PASSWORDS = {name: f"{name}-has-a-long-password" for name in (ALICE, BOB, CAROL, OWNER)}
_HASHES: dict[str, str] = {}

# Who may do what: carol has an account and nothing else.
GRANTS = (
    (ANYBODY, "public/**", "pull"),
    (ALICE, "public/**", "push"),
    (ALICE, "team/**", "pull,push,delete"),
    (BOB, "secret/**", "pull,push,delete"),
    (ROBOT, "team/app", "push"),
    (OWNER, "**", "admin"),
)


class Accounts:
    """The accounts of the registry in a data folder that a server has prepared."""

    def __init__(self, root: Path) -> None:
        self._settings = Settings(root=root)
        self._credentials = wiring.credentials(self._settings, print)

    def add_user(self, name: str) -> None:
        self._write(accounts.add_user, name, self._hashed(name))

    def add_robot(self, name: str) -> str:
        """Return the robot's secret."""
        secret = new(Kind.ROBOT)
        self._write(accounts.add, name, "robot")
        self._write(accounts.add_secret, name, "robot", digest_of(secret))
        return secret

    def manage(self, *arguments: str, given: str = "") -> str:
        """Run a command of `longshore` on the folder, as a person types it."""
        done = longshore(*arguments, "--root", str(self._settings.root), given=given)
        assert done.returncode == 0, done
        return done.stdout

    def enable(self, name: str, *, is_enabled: bool) -> None:
        with self._metadata() as metadata:
            asyncio.run(metadata.write(accounts.enable, name, is_enabled=is_enabled))

    def remove(self, name: str) -> None:
        self._write(accounts.remove, name)

    def grant(self, subject: str, pattern: str, verbs: str) -> None:
        allowed = frozenset(map(Verb, verbs.split(",")))
        self._write(administration.grant, Grant(subject, Pattern.parse(pattern), allowed))

    def revoke(self, subject: str, pattern: str) -> None:
        self._write(administration.revoke, subject, Pattern.parse(pattern))

    def token(self, name: str, scope: tuple[Any, ...], lifetime: int) -> str:
        """Return a token as the registry signs it, good for so many seconds."""
        with self._metadata() as metadata:
            ring = asyncio.run(metadata.read(keys.ring))
        now = int(time.time())
        claims = Claims(name, ring.audience, now, now + lifetime, scope)
        return self._credentials.tokens.sign(claims, ring.signing)

    def audit(self, wanted: Wanted) -> list[Entry]:
        """Return the last lines of the audit log that are wanted."""

        def latest(tx: Transaction) -> list[Entry]:
            return tx.audit.latest(100, wanted)

        with self._metadata() as metadata:
            return asyncio.run(metadata.read(latest))

    def _hashed(self, name: str) -> str:
        """That of the name's password, which takes its time by design, once for all registries."""
        if name not in _HASHES:
            _HASHES[name] = self._credentials.passwords.hash(PASSWORDS[name])
        return _HASHES[name]

    def _write(
        self,
        rule: Callable[Concatenate[Transaction, P], T],
        *arguments: P.args,
        **named: P.kwargs,
    ) -> T:
        with self._metadata() as metadata:
            return asyncio.run(metadata.write(rule, *arguments, **named))

    @contextmanager
    def _metadata(self) -> Iterator[SQLiteMetadata]:
        with closing(wiring.connect(self._settings).metadata) as metadata:
            yield metadata


@dataclass(frozen=True)
class Secured:
    """A server that has accounts, all of them in `passwords`, and a view of it for its owner."""

    server: Server
    accounts: Accounts
    passwords: Mapping[str, str]
    owner: httpx.Client

    @property
    def host(self) -> str:
        return self.server.host

    def repository(self, name: str) -> Repository:
        return Repository(self.owner, name)

    def requests(self, part: str) -> list[str]:
        """Return what was asked with this part in its path, as `POST 202`, in order."""
        lines = map(json.loads, self.server.log.read_text().splitlines())
        asked = [line for line in lines if part in line.get("path", "")]
        return [f"{line['method']} {line['status']}" for line in asked]

    def view(self, name: str) -> httpx.Client:
        """Return what asks with a name and a password; without a name, with nothing."""
        auth = (name, self.passwords[name]) if name else None
        return httpx.Client(base_url=f"{self.server.url}/v2/", timeout=60, auth=auth)


@contextmanager
def secured_server(root: Path, *options: str) -> Iterator[Secured]:
    """Run a server with all accounts; at the end, look for their secrets in what it logged."""
    with Server(root, options=("--log-level", "debug", *options)) as server:
        directory = Accounts(root)
        for name in PASSWORDS:
            directory.add_user(name)
        passwords = {**PASSWORDS, ROBOT: directory.add_robot(ROBOT)}
        for subject, pattern, verbs in GRANTS:
            directory.grant(subject, pattern, verbs)
        auth = (OWNER, passwords[OWNER])
        with httpx.Client(base_url=f"{server.url}/v2/", timeout=60, auth=auth) as owner:
            yield Secured(server, directory, passwords, owner)
    logged = server.log.read_text()
    assert not [name for name, secret in passwords.items() if secret in logged]
