"""Scopes of tokens: `repository:team/app:pull,push`, as a challenge asks and a token grants.

Decides how a scope is spelled and read (distribution, "Token Scope Documentation"): a type, a
name that may hold colons of its own (a host's port), and actions.
"""

from __future__ import annotations

from typing import NamedTuple


class Scope(NamedTuple):
    """What may be done to one resource."""

    type: str
    name: str
    actions: frozenset[str]

    @classmethod
    def parse(cls, text: str) -> Scope:
        """The scope that `text` spells; raises ValueError."""
        kind, _, rest = text.partition(":")
        name, _, actions = rest.rpartition(":")
        if not kind or not name:
            raise ValueError(f"not a scope, which is written type:name:actions: {text[:200]}")
        return cls(kind, name, frozenset(filter(None, actions.split(","))))

    def __str__(self) -> str:
        return f"{self.type}:{self.name}:{','.join(sorted(self.actions))}"


def parse_scopes(text: str) -> list[Scope]:
    """The scopes of a list parted by spaces, as a challenge has them; raises ValueError."""
    return [Scope.parse(one) for one in text.split()]
