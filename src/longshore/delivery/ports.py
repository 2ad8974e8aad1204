"""What the shipping rules need of the world: the registry's rows, and those of shipping.

Ports, as `registry.ports` has them; one suite of tests runs each contract on every implementation.
"""

from __future__ import annotations

from typing import Protocol

from longshore.delivery.outbox import Leases, Outbox, Subscriptions
from longshore.registry import ports


class Transaction(ports.Transaction, Protocol):
    """The rows of the registry and of shipping, as they are at one moment."""

    @property
    def subscriptions(self) -> Subscriptions: ...
    @property
    def outbox(self) -> Outbox: ...
    @property
    def leases(self) -> Leases: ...


Metadata = ports.Metadata[Transaction]
