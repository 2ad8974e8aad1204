"""An image with all that belongs to it, as it is at its source: read before anything is written.

Decides what belongs to an image: the manifests of an index and what those need, down to the last;
what is attached to any of them, by the referrers of the protocol or by cosign's tags; and, where
one platform is asked for, that platform's image instead of the index.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from longshore.client import referrers
from longshore.client.blobs import Blob
from longshore.client.content import Source
from longshore.client.manifests import Pulled
from longshore.client.pool import Pool
from longshore.oci import manifest as oci
from longshore.oci import media_types
from longshore.oci.digest import Digest
from longshore.oci.errors import ManifestUnknown
from longshore.oci.manifest import Descriptor, Manifest
from longshore.oci.names import Reference, Tag
from longshore.oci.platform import Platform


class Node(NamedTuple):
    """A manifest with what it says."""

    pulled: Pulled
    manifest: Manifest

    @property
    def digest(self) -> Digest:
        return self.pulled.digest

    @property
    def is_index(self) -> bool:
        return bool(self.manifest.children)

    @property
    def blobs(self) -> Iterator[Blob]:
        """Those that are to be copied: layers that may live elsewhere stay there."""
        for part in self.manifest.parts:
            if part.digest in self.manifest.blobs:
                yield Blob(Digest(part.digest), part.size)


class _Found(NamedTuple):
    """What belongs to a manifest beyond its blobs."""

    children: list[Descriptor]
    attached: list[Descriptor]
    tags: dict[Tag, Pulled]


@dataclass
class Tree:
    """The manifests of an image by digest, and the tags of those that cosign attached."""

    root: Node
    nodes: dict[Digest, Node] = field(default_factory=dict)
    tags: dict[Tag, Node] = field(default_factory=dict)

    @property
    def levels(self) -> list[list[Node]]:
        """The manifests in the order in which they can be pushed: children before their index,
        a subject before what is attached to it; those of a level in any order."""
        heights: dict[Digest, int] = {}

        def height(digest: Digest) -> int:
            if digest not in heights:
                heights[digest] = 0  # a manifest that reaches itself would be a broken hash
                needs = self._needs(self.nodes[digest].manifest)
                heights[digest] = 1 + max(map(height, needs), default=-1)
            return heights[digest]

        levels: dict[int, list[Node]] = {}
        for digest, node in self.nodes.items():
            levels.setdefault(height(digest), []).append(node)
        return [levels[number] for number in sorted(levels)]

    def _needs(self, manifest: Manifest) -> Iterable[Digest]:
        needs = manifest.children | ({manifest.subject} if manifest.subject else set())
        return needs & self.nodes.keys()


def read(
    source: Source,
    reference: Reference | None,
    pool: Pool,
    *,
    platform: Platform | None = None,
    attached: bool = True,
) -> Tree:
    """Raises ManifestUnknown for an image, or a platform, that is not there."""
    root = _node(source.resolve(reference))
    while platform and root.is_index:
        root = _node(source.manifest(_choose(root, platform)))
    tree = Tree(root, {root.digest: root})
    look = _looking(source, attached=attached)
    level = [root]
    while level:
        found = pool.each(look, level)
        tagged = {tag: _node(pulled) for each in found for tag, pulled in each.tags.items()}
        tree.tags |= tagged
        wanted = {
            Digest.parse(descriptor.digest): descriptor
            for each in found
            for descriptor in (*each.children, *each.attached)
        }
        fresh = {node.digest: node for node in tagged.values()}
        missing = [wanted[digest] for digest in wanted.keys() - tree.nodes.keys() - fresh.keys()]
        fresh |= {node.digest: node for node in map(_node, pool.each(source.manifest, missing))}
        level = [node for digest, node in fresh.items() if digest not in tree.nodes]
        tree.nodes |= fresh
    return tree


def _looking(source: Source, *, attached: bool) -> Callable[[Node], _Found]:
    def look(node: Node) -> _Found:
        children = [part for part in node.manifest.parts if part.digest in node.manifest.children]
        if not attached:
            return _Found(children, [], {})
        tagged = {tag: source.tagged(tag) for tag in referrers.cosign_tags(node.digest)}
        return _Found(
            children,
            source.referrers(node.digest),
            {tag: pulled for tag, pulled in tagged.items() if pulled is not None},
        )

    return look


def _node(pulled: Pulled) -> Node:
    return Node(pulled, oci.parse(pulled.content, pulled.media_type))


def _choose(index: Node, wanted: Platform) -> Descriptor:
    """The image of an index for a platform; the first that fits, as everywhere."""
    platforms = [Platform.of(part.platform) for part in index.manifest.parts]
    for platform, part in zip(platforms, index.manifest.parts, strict=True):
        if platform is not None and wanted.fits(platform):
            return part
    # An index of one entry without a platform is an index around another.
    if platforms == [None] and index.manifest.parts[0].media_type in media_types.INDEXES:
        return index.manifest.parts[0]
    there = ", ".join(sorted({str(platform) for platform in platforms if platform}))
    raise ManifestUnknown(f"no image for {wanted}; there are images for {there or 'none'}")
