"""Releases: an image that a registry has gets its names there, as its rules have it.

Decides who decides. A Longshore does, in one transaction, by its own policy if it has one for the
repository; for any other registry it is done from here: versions first, so that no alias is ever
ahead of one.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import msgspec

from longshore.client import manifests
from longshore.client.errors import ClientError
from longshore.client.manifests import Pulled
from longshore.client.transport import Registry, Repository, Request
from longshore.delivery.tags import elsewhere
from longshore.delivery.tags.aliases import Decision
from longshore.delivery.tags.naming import Naming
from longshore.delivery.tags.rules import Rules
from longshore.oci.errors import OCIError
from longshore.oci.names import Tag

API = "/api/v1"
OPERATION = "/repositories/{repository}/releases"


class Release(NamedTuple):
    """What was decided on each tag, and which are the image's names now; `at_once` if all moves
    were one transaction."""

    decisions: tuple[Decision, ...]
    names: tuple[Tag, ...]
    at_once: bool
    notes: tuple[str, ...] = ()

    @property
    def moves(self) -> list[Tag]:
        return [each.tag for each in self.decisions if each.moves]

    def after(self, tag: Tag) -> Release:
        """As it is told where that tag had been set before, by the push of the content."""
        decisions = (
            each._replace(moves=True, reason="pushed by Docker Engine") if each.tag == tag else each
            for each in self.decisions
        )
        return self._replace(decisions=tuple(decisions), at_once=self.at_once and not self.moves)


class _Decided(msgspec.Struct):
    tag: str
    moves: bool
    reason: str
    to: str | None


class _Reply(msgspec.Struct):
    decisions: list[_Decided]
    notes: list[str] = []


class _Document(msgspec.Struct):
    paths: dict[str, Any] = {}


def release(
    repository: Repository, rules: Rules, naming: Naming, image: Pulled, *, dry_run: bool
) -> Release:
    """Set the names; raises Refused, or Denied where the registry refuses.

    The rules are those of the checkout: they count where the registry has none for the repository.
    """
    if _has_releases(repository.registry):
        return _ask(repository, rules, naming, image, dry_run=dry_run)
    there = {tag: manifests.find(repository, tag) for tag in naming.tags}
    found: dict[str, str] = {tag: digest for tag, digest in there.items() if digest is not None}
    decided = elsewhere.decide(rules.to_policy(), naming, found, image.digest)
    moves = [each.tag for each in decided if each.moves]
    at_once = dry_run or not moves or manifests.name(repository, image, moves)
    return Release(tuple(decided), tuple(naming.tags), at_once)


def _ask(
    repository: Repository, rules: Rules, naming: Naming, image: Pulled, *, dry_run: bool
) -> Release:
    body = {
        "digest": str(image.digest),
        "versions": naming.versions,
        "tags": naming.branches,
        "policy": rules.document(),
        "dry_run": dry_run,
    }
    response = repository.registry.send(
        Request(
            "POST",
            f"{API}{OPERATION.format(repository=repository.name)}",
            repository.scopes("pull", "push"),
            {"Content-Type": "application/json"},
            msgspec.json.encode(body, enc_hook=str),
        )
    )
    reply = msgspec.json.decode(response.content, type=_Reply)
    decisions = (Decision(Tag.parse(each.tag), each.moves, each.reason) for each in reply.decisions)
    names = (Tag(each.tag) for each in reply.decisions if each.moves or each.to == image.digest)
    return Release(tuple(decisions), tuple(names), at_once=True, notes=tuple(reply.notes))


def _has_releases(registry: Registry) -> bool:
    """Whether it is a Longshore that releases: it says so to everybody, and others say nothing."""
    try:
        response = registry.send(Request("GET", f"{API}/openapi.json", repeats=False))
        return OPERATION in msgspec.json.decode(response.content, type=_Document).paths
    except (OCIError, ClientError, msgspec.MsgspecError):
        return False
