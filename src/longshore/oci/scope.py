"""Scopes: what a token is asked for, as clients and challenges write it.

Decides the spelling `repository:team/app:pull,push` (distribution, "Token Scope Documentation").
What is no scope is left out rather than refused: a token is narrowed, never denied, for asking.
"""

from __future__ import annotations

from typing import NamedTuple

REPOSITORY = "repository"
CATALOG = "registry:catalog:*"


class Scope(NamedTuple):
    """Actions on one resource. Its name may have colons: a host's port, in other registries."""

    type: str
    name: str
    actions: frozenset[str]

    @classmethod
    def parse(cls, text: str) -> Scope | None:
        """None if it is no scope. A class in parentheses behind the type is ignored."""
        kind, first, rest = text.partition(":")
        name, last, actions = rest.rpartition(":")
        kind = kind.partition("(")[0]
        if not (kind and first and name and last):
            return None
        return cls(kind, name, frozenset(filter(None, actions.split(","))))

    def __str__(self) -> str:
        return f"{self.type}:{self.name}:{','.join(sorted(self.actions))}"


def parse_scopes(text: str) -> list[Scope]:
    """Scopes parted by spaces."""
    return [scope for scope in map(Scope.parse, text.split()) if scope]
