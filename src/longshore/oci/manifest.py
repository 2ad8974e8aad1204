"""Manifests, read once when they are pushed: what they reference and what they say of themselves.

Decides whether bytes are a manifest that a registry may keep (image-spec, "manifest" and
"index"), and which content it needs. The bytes themselves are opaque: they are stored and
served as they came, and nothing here writes any.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, NoReturn

import msgspec

from longshore.oci import media_types
from longshore.oci.digest import Digest
from longshore.oci.errors import ManifestInvalid, Unsupported

# The deepest manifest of the specifications has 5 levels; annotations of some tools a few more.
DEPTH_LIMIT = 32


class Descriptor(msgspec.Struct, frozen=True, rename="camel"):
    """A pointer to content (image-spec, "descriptor"); `digest` is checked where it is needed.

    What it says beyond that is up to whoever wrote it, and whatever it says is welcome.
    """

    media_type: str
    digest: str
    size: int
    urls: tuple[str, ...] | None = None
    platform: Any = None
    artifact_type: Any = None
    annotations: Any = None


class _Body(msgspec.Struct, frozen=True, rename="camel"):
    """The fields of every known kind of manifest, and of kinds that borrow them."""

    schema_version: int | None = None
    media_type: str | None = None
    artifact_type: str | None = None
    config: Descriptor | None = None
    layers: tuple[Descriptor, ...] | None = None
    blobs: tuple[Descriptor, ...] | None = None
    manifests: tuple[Descriptor, ...] | None = None
    subject: Descriptor | None = None
    annotations: dict[str, str] | None = None


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """A pushed manifest, understood.

    `blobs` and `children` must be in the repository before the manifest; `elsewhere` are layers
    that need not be, and `subject` may come later or never. `parts` are the descriptors of blobs
    and children, in the order of the manifest.
    """

    content: bytes
    media_type: str
    artifact_type: str | None
    annotations: dict[str, str]
    blobs: frozenset[Digest]
    elsewhere: frozenset[Digest]
    children: frozenset[Digest]
    subject: Digest | None
    parts: tuple[Descriptor, ...] = ()


def parse(content: bytes, content_type: str) -> Manifest:
    """What `content` says, given the Content-Type it came with; raises ManifestInvalid."""
    media_type = media_types.parse(content_type)
    if media_type in media_types.SCHEMA_1:
        raise Unsupported("schema 1 manifests are not accepted: push with a current client")
    body = _decode(content)
    _check_kind(body, media_type)
    layers = (body.layers or ()) + (body.blobs or ())
    remote = [layer for layer in layers if _is_elsewhere(layer)]
    config = [body.config] if body.config else []
    kept = [layer for layer in layers if not _is_elsewhere(layer)]
    return Manifest(
        content=content,
        media_type=media_type,
        artifact_type=_artifact_type(body),
        annotations=body.annotations or {},
        blobs=frozenset(_digests(config + kept)),
        elsewhere=frozenset(_digests(remote)),
        children=frozenset(_digests(body.manifests or ())),
        subject=Digest.parse(body.subject.digest) if body.subject else None,
        parts=(*config, *kept, *(body.manifests or ())),
    )


def _decode(content: bytes) -> _Body:
    try:
        # Not json.loads(bytes): it guesses UTF-16 and UTF-32, which no other reader of
        # this manifest would.
        tree = json.loads(
            content.decode("utf-8"),
            object_pairs_hook=_distinct,
            parse_constant=_no_constant,
        )
        _check_depth(tree)
        return _tellable(msgspec.convert(tree, _Body))
    except RecursionError:
        raise ManifestInvalid("manifest is nested too deeply") from None
    except ManifestInvalid:
        raise
    except ValueError as problem:  # of JSON, of UTF-8, and msgspec's ValidationError
        raise ManifestInvalid(f"manifest invalid: {problem}"[:300]) from None


def _distinct(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object's members; two of one name would mean different things to different readers."""
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ManifestInvalid("manifest invalid: an object names one of its members twice")
    return members


def _no_constant(name: str) -> NoReturn:
    raise ManifestInvalid(f"manifest invalid: {name} is not JSON")


def _tellable(body: _Body) -> _Body:
    """The body, unless it has half a character, which JSON can escape and UTF-8 can not say."""
    msgspec.json.encode(body)
    return body


def _check_depth(tree: object) -> None:
    level: list[object] = [tree]
    for _ in range(DEPTH_LIMIT):
        level = [inner for node in level for inner in _inside(node)]
        if not level:
            return
    raise ManifestInvalid("manifest is nested too deeply")


def _inside(node: object) -> Iterator[object]:
    if isinstance(node, Mapping):
        yield from node.values()
    elif isinstance(node, list):
        yield from node


def _check_kind(body: _Body, media_type: str) -> None:
    """Refuse what two clients could read as two different things (CVE-2021-41190)."""
    if body.schema_version == 1:
        raise Unsupported("schema 1 manifests are not accepted: push with a current client")
    if body.media_type is not None and body.media_type != media_type:
        raise ManifestInvalid(
            "mediaType in the manifest and Content-Type of the request differ",
            detail={"mediaType": body.media_type[:200], "contentType": media_type},
        )
    is_index = media_type in media_types.INDEXES
    is_image = media_type in media_types.IMAGES
    if (is_index or is_image) and body.schema_version != 2:
        raise ManifestInvalid("schemaVersion must be 2")
    if is_index and (body.manifests is None or body.layers is not None or body.config is not None):
        raise ManifestInvalid("an index has manifests, and neither config nor layers")
    if is_image and (body.config is None or body.layers is None or body.manifests is not None):
        raise ManifestInvalid("an image manifest has config and layers, and no manifests")


def _is_elsewhere(layer: Descriptor) -> bool:
    return bool(layer.urls) or media_types.may_live_elsewhere(layer.media_type)


def _artifact_type(body: _Body) -> str | None:
    """distribution-spec, "Listing Referrers": an image manifest falls back to its config's type."""
    kind = body.artifact_type or (body.config.media_type if body.config else None)
    if kind and "\0" in kind:  # which no media type has, and not every database can keep
        raise ManifestInvalid("manifest invalid: its type has U+0000")
    return kind


def _digests(descriptors: tuple[Descriptor, ...] | list[Descriptor]) -> Iterator[Digest]:
    for descriptor in descriptors:
        if descriptor.size < 0:
            raise ManifestInvalid("manifest invalid: a descriptor's size is negative")
        yield Digest.parse(descriptor.digest)
