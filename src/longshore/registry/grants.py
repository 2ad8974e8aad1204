"""Grants: a subject, a pattern of repositories, and the verbs that are allowed there.

Decides which verbs there are and which come with others. What a caller may do is the sum of the
grants of all its subjects, which `access` collects.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import NamedTuple

from longshore.registry.patterns import Pattern

# Subjects that are no account: everybody, and everybody who has shown who it is.
ANONYMOUS = "anonymous"
AUTHENTICATED = "authenticated"


class Verb(StrEnum):
    """What can be granted. Who may push or delete may pull: clients look before they change."""

    PULL = "pull"
    PUSH = "push"
    DELETE = "delete"
    ADMIN = "admin"


_IMPLIED = {
    Verb.PULL: frozenset({Verb.PULL}),
    Verb.PUSH: frozenset({Verb.PULL, Verb.PUSH}),
    Verb.DELETE: frozenset({Verb.PULL, Verb.DELETE}),
    Verb.ADMIN: frozenset(Verb),
}
CONTENT = frozenset({Verb.PULL, Verb.PUSH, Verb.DELETE})


def implied(verbs: Iterable[Verb]) -> frozenset[Verb]:
    """These verbs, and those that come with them."""
    return frozenset().union(*(_IMPLIED[verb] for verb in verbs))


class Grant(NamedTuple):
    """`subject` is an account, `@group`, or one of the two that are no account."""

    subject: str
    pattern: Pattern
    verbs: frozenset[Verb]

    def allows(self, verb: Verb, repository: str) -> bool:
        return verb in implied(self.verbs) and self.pattern.matches(repository)
