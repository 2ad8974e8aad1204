"""Pins: content that somebody outside the registry's rules needs, such as what runs somewhere.

Decides what a pin keeps: the manifest and all that it holds, whatever tags name it, and against a
deletion by its digest, too. Who needs it, and why, is the business of whoever pins it.
"""

from __future__ import annotations

from collections.abc import Iterable

from longshore.oci.digest import Digest
from longshore.oci.names import RepositoryName
from longshore.registry.ports import Transaction


def hold(
    tx: Transaction, holder: str, repository: RepositoryName, digests: Iterable[Digest]
) -> None:
    """Let the holder need these manifests of the repository from now on, and no other of it.

    What is needed no more is kept for the grace, then looked at by the collector.
    """
    wanted, former = set(digests), tx.pins.of(holder, repository)
    for digest in sorted(wanted - former):
        tx.pins.add(holder, repository, digest)
    for digest in sorted(former - wanted):
        tx.pins.remove(holder, repository, digest)
        tx.manifests.keep(repository, digest, tx.now + tx.grace)
