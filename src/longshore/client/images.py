"""What an image is, read without pulling it: platforms, layers, configuration, what is attached.

Decides what is said of it, and what two images have in common. Layers are not opened.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import msgspec

from longshore.client import trees
from longshore.client.blobs import Blob, Verified
from longshore.client.content import Source
from longshore.client.pool import Pool
from longshore.client.trees import Node
from longshore.oci import media_types
from longshore.oci.digest import Digest
from longshore.oci.errors import SizeInvalid
from longshore.oci.manifest import Descriptor
from longshore.oci.names import Reference
from longshore.oci.platform import Platform

CONFIG_LIMIT = 8 * 1024 * 1024  # bytes; those of images have some kilobytes

# Of a configuration's members, those that say how a container runs (image-spec, "config").
RUNNING = ("User", "Env", "Entrypoint", "Cmd", "WorkingDir", "ExposedPorts", "Volumes", "Labels")
RUNNING_ALSO = ("StopSignal", "Healthcheck", "Shell")


class Image(NamedTuple):
    """One image of one platform; `size` is that of its layers, in bytes, as they are kept."""

    digest: Digest
    platform: Platform | None
    created: str
    layers: tuple[Blob, ...]
    config: Mapping[str, Any]

    @property
    def size(self) -> int:
        return sum(layer.size for layer in self.layers)


class Overview(NamedTuple):
    """A manifest and the images that it is, or lists."""

    digest: Digest
    media_type: str
    artifact_type: str | None
    annotations: Mapping[str, str]
    images: tuple[Image, ...]
    attached: tuple[Descriptor, ...]


class Change(NamedTuple):
    """What became of one platform's image; one of the two may not be there."""

    platform: str
    before: Image | None
    after: Image | None

    @property
    def is_none(self) -> bool:
        if self.before is None or self.after is None:
            return False
        return self.before.digest == self.after.digest

    @property
    def layers_added(self) -> list[Blob]:
        return _without(self.after, self.before)

    @property
    def layers_removed(self) -> list[Blob]:
        return _without(self.before, self.after)

    @property
    def config(self) -> dict[str, tuple[Any, Any]]:
        """The members of the configuration that differ, before and after."""
        old = self.before.config if self.before else {}
        new = self.after.config if self.after else {}
        return {
            name: (old.get(name), new.get(name))
            for name in (*RUNNING, *RUNNING_ALSO)
            if old.get(name) != new.get(name)
        }


def look(source: Source, reference: Reference | None, pool: Pool) -> Overview:
    """Raises ManifestUnknown."""
    tree = trees.read(source, reference, pool, attached=False)
    root = tree.root.manifest
    leaves = [node for node in tree.nodes.values() if _is_image(node)]
    images = pool.each(lambda node: _image(source, node), leaves)
    return Overview(
        tree.root.digest,
        root.media_type,
        root.artifact_type if root.media_type not in media_types.INDEXES else None,
        root.annotations,
        tuple(sorted(images, key=lambda image: str(image.platform or ""))),
        tuple(source.referrers(tree.root.digest)),
    )


def compare(before: Overview, after: Overview) -> list[Change]:
    """What became of each platform, by its name."""
    old = {str(image.platform or ""): image for image in before.images}
    new = {str(image.platform or ""): image for image in after.images}
    return [Change(name, old.get(name), new.get(name)) for name in sorted(old.keys() | new.keys())]


def read_config(source: Source, blob: Blob) -> dict[str, Any]:
    """A configuration; an empty one where it is no JSON object, as that of an artifact may be."""
    if blob.size > CONFIG_LIMIT:
        raise SizeInvalid(f"the configuration {blob.digest} has more than {CONFIG_LIMIT} bytes")
    content = Verified(blob, lambda start: source.blob(blob, start), lambda _: None)
    try:
        return msgspec.json.decode(b"".join(content.pieces(0, blob.size)), type=dict[str, Any])
    except msgspec.MsgspecError:
        return {}


def _is_image(node: Node) -> bool:
    """Whether a manifest is an image, not what a builder says of one in its index."""
    config = _config_of(node)
    return config is not None and config.media_type in media_types.CONFIGS


def _config_of(node: Node) -> Descriptor | None:
    is_image = node.manifest.media_type in media_types.IMAGES
    return node.manifest.parts[0] if is_image else None


def _image(source: Source, node: Node) -> Image:
    described = _config_of(node)
    assert described is not None  # noqa: S101 - `_is_image` has seen to that
    blob = Blob(Digest.parse(described.digest), described.size)
    config = read_config(source, blob)
    layers = [Blob(Digest.parse(each.digest), each.size) for each in node.manifest.parts[1:]]
    running = config.get("config")
    return Image(
        node.digest,
        Platform.of(config),
        str(config.get("created") or ""),
        tuple(layers),
        running if isinstance(running, dict) else {},
    )


def _without(image: Image | None, other: Image | None) -> list[Blob]:
    known = {layer.digest for layer in other.layers} if other else set()
    return [layer for layer in image.layers if layer.digest not in known] if image else []
