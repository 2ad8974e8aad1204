"""Lists of a registry: the tags of a repository, and the repositories of a catalog.

Decides how pages are followed (distribution-spec, "Listing Tags"): as long as there is a Link to
the next one. Lists are as long as they are, so that they come one name at a time.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from longshore.client.errors import UnexpectedReply
from longshore.client.tokens import Scopes
from longshore.client.transport import Registry, Repository, Request
from longshore.oci.errors import NameUnknown
from longshore.oci.scope import Scope

PAGE = 1000  # names; registries shorten it


class _Page(msgspec.Struct):
    tags: list[str] | None = None
    repositories: list[str] | None = None


def tags(repository: Repository) -> Iterator[str]:
    """Raises NameUnknown."""
    target = f"{repository.name}/tags/list?n={PAGE}"
    for page in _pages(repository.registry, target, repository.scopes("pull")):
        yield from page.tags or ()


def known(repository: Repository) -> list[str]:
    """The tags of a repository; none where there is no such repository yet."""
    try:
        return list(tags(repository))
    except NameUnknown:
        return []


def repositories(registry: Registry) -> Iterator[str]:
    """Raises Unsupported or Denied where the registry shows nobody all it has."""
    scopes = frozenset({Scope("registry", "catalog", frozenset({"*"}))})
    for page in _pages(registry, f"_catalog?n={PAGE}", scopes):
        yield from page.repositories or ()


def _pages(registry: Registry, target: str, scopes: Scopes) -> Iterator[_Page]:
    while target:
        response = registry.send(Request("GET", target, scopes))
        try:
            yield msgspec.json.decode(response.content, type=_Page)
        except msgspec.MsgspecError as problem:
            raise UnexpectedReply(f"{response.url}: {problem}") from None
        following = response.links.get("next", {}).get("url", "")
        target = str(response.url.join(following)) if following else ""
