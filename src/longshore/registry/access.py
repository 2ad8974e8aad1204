"""Access: who calls, and what that caller may do to a repository.

Decides what a grant allows and what a token narrows it to. Asks before anything is looked up, so
that what a caller may not see and what is not there are one and the same. Knows no password, no
token's form and no header.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from longshore.oci.names import NAME_PATTERN
from longshore.oci.scope import REPOSITORY, Scope
from longshore.registry.grants import ANONYMOUS, AUTHENTICATED, CONTENT, Grant, Verb
from longshore.registry.patterns import EVERYTHING, Pattern
from longshore.registry.ports import Transaction

_NAME = re.compile(NAME_PATTERN)


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls. `scopes` are what a token is good for at most; None is no such limit.

    `identity` is who an issuer says it is, where an account stands for many.
    """

    name: str
    grants: tuple[Grant, ...]
    scopes: tuple[Scope, ...] | None = None
    identity: str = ""

    @property
    def is_anonymous(self) -> bool:
        return self.name == ANONYMOUS

    def is_granted(self, verb: Verb, repository: str) -> bool:
        """Whether a grant allows it, whatever the token is good for."""
        return any(grant.allows(verb, repository) for grant in self.grants)

    def may(self, verb: Verb, repository: str) -> bool:
        return self._is_in_scope(verb, repository) and self.is_granted(verb, repository)

    def _is_in_scope(self, verb: Verb, repository: str) -> bool:
        return self.scopes is None or any(
            scope.type == REPOSITORY and scope.name == repository and verb in scope.actions
            for scope in self.scopes
        )

    def administers(self, pattern: Pattern) -> bool:
        """Whether the caller may decide who does what to the repositories of this pattern."""
        return any(
            Verb.ADMIN in grant.verbs and grant.pattern.covers(pattern) for grant in self.grants
        )

    @property
    def administers_all(self) -> bool:
        return self.scopes is None and self.administers(EVERYTHING)

    def prefixes(self) -> list[str]:
        """What the names of all repositories that the caller may pull begin with, in order."""
        kept: list[str] = []
        for prefix in sorted({grant.pattern.prefix for grant in self.grants}):
            if not kept or not prefix.startswith(kept[-1]):
                kept.append(prefix)
        return kept


# Whoever was not asked.
NOBODY = Caller(ANONYMOUS, ())
# A registry without accounts: everybody may do everything to content. Accounts are made locally.
OPEN = Caller(ANONYMOUS, (Grant(ANONYMOUS, EVERYTHING, CONTENT),))
# Whoever may read the files of the registry could do all of it by hand.
LOCAL = Caller("local", (Grant("local", EVERYTHING, frozenset(Verb)),))


def narrow(caller: Caller, asked: Iterable[Scope]) -> Iterator[Scope]:
    """What of the scopes asked for the caller is granted: fewer actions, never an error."""
    for scope in asked:
        if scope.type == REPOSITORY and _NAME.fullmatch(scope.name):
            wanted = CONTENT if "*" in scope.actions else scope.actions & CONTENT
            actions = {verb for verb in CONTENT & wanted if caller.is_granted(verb, scope.name)}
            yield scope._replace(actions=frozenset(map(str, actions)))
        elif (scope.type, scope.name) == ("registry", "catalog"):
            yield scope


class State(NamedTuple):
    """`version` grows with whatever may take from somebody what is granted, or add to it."""

    version: int
    is_secured: bool


def state(tx: Transaction) -> State:
    """What a request has to know before anything else, in one keyed read."""
    word, _, number = (tx.facts.get(ACCESS) or f"{_OPEN} 0").partition(" ")
    return State(int(number), word != _OPEN)


ACCESS = "access"  # whether it is secured, and a version: `open 3`, `secured 4`
_OPEN, _SECURED = "open", "secured"


def changed(tx: Transaction) -> None:
    """Let every worker see a change of access with its next request."""
    version, is_secured = state(tx)
    tx.facts.put(ACCESS, f"{_SECURED if is_secured else _OPEN} {version + 1}")


def secure(tx: Transaction) -> None:
    """From now on, and for good, nobody may do anything that was not granted."""
    tx.facts.put(ACCESS, f"{_SECURED} {state(tx).version + 1}")


def caller(
    tx: Transaction, name: str, scopes: tuple[Scope, ...] | None = None, identity: str = ""
) -> Caller:
    """An account that has shown who it is, or anybody, with all that is granted."""
    return Caller(name, tuple(tx.grants.of(subjects(tx, name))), scopes, identity)


def subjects(tx: Transaction, name: str) -> list[str]:
    """All that stands for an account where it says who may do something."""
    if name == ANONYMOUS:
        return [ANONYMOUS]
    return [ANONYMOUS, AUTHENTICATED, name, *(f"@{group}" for group in tx.groups.of(name))]
