"""Referrers: which manifests of a repository name a subject (distribution-spec, end-12).

Decides what a page of them holds. Every manifest's subject is recorded when it is pushed, so
those that a client listed under a fallback tag are found here as well.
"""

from __future__ import annotations

from longshore.oci.digest import Digest
from longshore.oci.names import RepositoryName
from longshore.registry.ports import Transaction
from longshore.registry.records import Referrer

# A page is an index of its own, and clients cap what they read of one at 4 MiB.
PAGE_BYTES = 3 * 1024 * 1024
_DESCRIPTOR_BYTES = 400  # of everything but the annotations


def page(
    tx: Transaction,
    repository: RepositoryName,
    subject: Digest,
    artifact_type: str | None,
    last: str,
) -> tuple[list[Referrer], bool]:
    """Referrers after the digest `last`, and whether there are more. Unknown subjects have none."""
    found: list[Referrer] = []
    room = PAGE_BYTES
    for referrer in tx.manifests.referrers(repository, subject, artifact_type, last):
        room -= _DESCRIPTOR_BYTES + sum(
            4 * (len(name) + len(text)) for name, text in referrer.annotations.items()
        )
        if found and room < 0:
            return found, True
        found.append(referrer)
    return found, False
