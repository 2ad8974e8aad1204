"""Copying an image with all that belongs to it, from anywhere to anywhere, byte by byte.

Decides the order: content goes before what references it, what is attached before the tag that
users look for, which comes last. So a copy that fails leaves the old image in its place, and one
that is started again skips what is there.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable
from typing import Literal, NamedTuple

from longshore.client import trees
from longshore.client.blobs import Blob, Content, Verified
from longshore.client.content import Source, Target
from longshore.client.manifests import Expected
from longshore.client.pool import Pool
from longshore.client.trees import Node, Tree
from longshore.oci.digest import Digest
from longshore.oci.errors import DigestInvalid, ManifestUnknown
from longshore.oci.names import Reference, Tag
from longshore.oci.platform import Platform


class Event(NamedTuple):
    """What happens to content; `done` are the bytes of it that have gone so far."""

    action: Literal["planned", "moving", "copied", "mounted", "present"]
    kind: Literal["blob", "manifest"]
    digest: Digest
    size: int
    done: int = 0


Watch = Callable[[Event], None]


class Choice(NamedTuple):
    """What to copy of an image: all of it, or one platform; with what is attached, or without."""

    reference: Reference | None = None
    platform: Platform | None = None
    attached: bool = True


class Difference(NamedTuple):
    """What a target lacks of an image; `names` are to be set, that of the image last."""

    tree: Tree
    nodes: frozenset[Digest]
    blobs: tuple[Blob, ...]
    names: tuple[tuple[Tag | None, Node], ...]

    @property
    def bytes(self) -> int:
        manifests = (len(self.tree.nodes[digest].pulled.content) for digest in self.nodes)
        return sum(manifests) + sum(blob.size for blob in self.blobs)

    @property
    def is_nothing(self) -> bool:
        return not self.names and not self.nodes


class Copied(NamedTuple):
    """What a copy came to: `bytes` are those that went."""

    digest: Digest
    media_type: str
    size: int
    manifests: int
    blobs: int
    mounted: int
    bytes: int


class Copying:
    """One copy: from where, to where under which tag, and who is told about it."""

    def __init__(
        self, source: Source, target: Target, tag: Tag | None, pool: Pool, watch: Watch
    ) -> None:
        self._source = source
        self._target = target
        self._tag = tag
        self._pool = pool
        self._watch = watch

    def compare(self, choice: Choice) -> Difference:
        """Find out what there is to copy. Nothing is written."""
        tree = trees.read(
            self._source,
            choice.reference,
            self._pool,
            platform=choice.platform,
            attached=choice.attached,
        )
        nodes = list(tree.nodes.values())
        there = self._pool.each(lambda node: self._target.has_manifest(*node), nodes)
        absent = [node for node, is_there in zip(nodes, there, strict=True) if not is_there]
        lacking = frozenset(node.digest for node in absent)
        wanted = {blob.digest: blob for node in absent for blob in node.blobs}
        has = self._pool.each(self._target.has_blob, wanted.values())
        blobs = [blob for blob, is_there in zip(wanted.values(), has, strict=True) if not is_there]
        self._tell(node for node in nodes if node.digest not in lacking)
        for blob, is_there in zip(wanted.values(), has, strict=True):
            action: Literal["present", "planned"] = "present" if is_there else "planned"
            self._watch(Event(action, "blob", blob.digest, blob.size))
        names = tuple(
            (tag, node)
            for tag, node in [*tree.tags.items(), (self._tag, tree.root)]
            if self._target.find(tag or node.digest) != node.digest
        )
        return Difference(tree, lacking, tuple(blobs), names)

    def transfer(self, difference: Difference, expected: Expected | None = None) -> Copied:
        """Copy what is lacking; raises TagMoved if the tag is not where it is expected."""
        try:
            return self._transfer(difference, expected)
        except BaseException:
            self._target.abandon()
            raise

    def _transfer(self, difference: Difference, expected: Expected | None) -> Copied:
        tree = difference.tree
        # The largest first, so that none is left to go on alone at the end.
        largest = sorted(difference.blobs, key=lambda blob: blob.size, reverse=True)
        went = self._pool.each(self._copy_blob, largest)
        for level in tree.levels:
            self._pool.each(self._copy_manifest, [n for n in level if self._goes(n, difference)])
        for tag, node in difference.names:
            is_root = tag == self._tag
            self._target.name(node.pulled, tag, expected if is_root else None)
        self._check(tree.root)
        self._target.finish()
        return Copied(
            tree.root.digest,
            tree.root.pulled.media_type,
            len(tree.root.pulled.content),
            manifests=len(difference.nodes),
            blobs=sum(went),
            mounted=len(went) - sum(went),
            bytes=sum(blob.size for blob, goes in zip(largest, went, strict=True) if goes),
        )

    def _goes(self, node: Node, difference: Difference) -> bool:
        """Whether a manifest goes by its digest, too: one push under its tag is enough for an image
        that nothing is attached to, and which is attached to nothing."""
        tree = difference.tree
        is_alone = node is tree.root and tree.levels[-1] == [node] and not node.manifest.subject
        return node.digest in difference.nodes and not (is_alone and self._tag is not None)

    def _copy_blob(self, blob: Blob) -> bool:
        def tell(done: int) -> None:
            self._pool.check()
            self._watch(Event("moving", "blob", blob.digest, blob.size, done))

        content = self._content(blob, tell)
        goes = self._target.push_blob(content, self._source)
        action: Literal["copied", "mounted"] = "copied" if goes else "mounted"
        self._watch(Event(action, "blob", blob.digest, blob.size, blob.size))
        return goes

    def _content(self, blob: Blob, tell: Callable[[int], None]) -> Content:
        """A blob on its way. Hashing takes as long as sending: what a registry will check, and
        no network has had yet, need not be checked here as well."""

        def opener(start: int) -> Generator[bytes, None, None]:
            return self._source.blob(blob, start)

        if self._source.is_local and self._target.checks_digests:
            return Content(blob, opener, tell, self._source.extent(blob))
        return Verified(blob, opener, tell)

    def _copy_manifest(self, node: Node) -> None:
        self._pool.check()
        self._target.push_manifest(node.pulled, node.manifest)
        size = len(node.pulled.content)
        self._watch(Event("copied", "manifest", node.digest, size, size))

    def _tell(self, present: Iterable[Node]) -> None:
        for node in present:
            self._watch(Event("present", "manifest", node.digest, len(node.pulled.content)))

    def _check(self, root: Node) -> None:
        """See that what was to be copied is what is there now."""
        there = self._target.find(self._tag or root.digest)
        if there is None:
            raise ManifestUnknown(f"{root.digest} is not where it was copied to")
        if there != root.digest:
            raise DigestInvalid(
                f"{self._tag} is {there} now, not {root.digest}: somebody else has moved it"
            )
