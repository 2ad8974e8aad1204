"""What the shipping rules need of the world: the registry's rows, and those of shipping.

Ports, as `registry.ports` has them; one suite of tests runs each contract on every implementation.
"""

from __future__ import annotations

from typing import NamedTuple, Protocol

from longshore.oci.names import RepositoryName
from longshore.registry import ports
from longshore.registry.patterns import Pattern


class PolicyRow(NamedTuple):
    """A policy as it was written, in JSON (`delivery.rules`), for repositories of a pattern."""

    pattern: Pattern
    document: str


class Policies(Protocol):
    """Policies are few: every push looks which of them match its repository."""

    def put(self, row: PolicyRow) -> None:
        """In place of one for the same pattern, if there is one."""

    def remove(self, pattern: Pattern) -> bool:
        """False if there was none."""

    def find(self, pattern: Pattern) -> PolicyRow | None: ...

    def page(self, last: str, limit: int) -> list[PolicyRow]: ...

    def covering(self, repository: RepositoryName) -> list[Pattern]:
        """The patterns that match it, in order."""


class Transaction(ports.Transaction, Protocol):
    """The rows of the registry and of shipping, as they are at one moment."""

    @property
    def policies(self) -> Policies: ...


Metadata = ports.Metadata[Transaction]
