"""Manifests of every kind, made in a line: what a client would push, already parsed."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from longshore.oci import manifest as oci
from longshore.oci import media_types
from longshore.oci.digest import Digest
from longshore.oci.manifest import Manifest

FOREIGN = "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip"


class Pushed(NamedTuple):
    digest: Digest
    manifest: Manifest


def descriptor(digest: str, media_type: str = "application/x.layer", size: int = 1) -> Any:
    return {"mediaType": media_type, "digest": digest, "size": size}


def image(
    *blobs: Digest,
    elsewhere: Sequence[Digest] = (),
    subject: Digest | None = None,
    artifact_type: str | None = None,
    annotations: Mapping[str, str] | None = None,
) -> Pushed:
    """An image whose config is the first blob; the others are its layers."""
    config, *layers = blobs
    body = {
        "config": descriptor(config, "application/x.config"),
        "layers": [*map(descriptor, layers), *(descriptor(one, FOREIGN) for one in elsewhere)],
    }
    return _push(media_types.OCI_IMAGE, body, subject, artifact_type, annotations)


def index(
    *children: Digest,
    subject: Digest | None = None,
    artifact_type: str | None = None,
    annotations: Mapping[str, str] | None = None,
) -> Pushed:
    listed = [descriptor(child, media_types.OCI_IMAGE) for child in children]
    return _push(media_types.OCI_INDEX, {"manifests": listed}, subject, artifact_type, annotations)


def _push(
    media_type: str,
    body: Mapping[str, object],
    subject: Digest | None,
    artifact_type: str | None,
    annotations: Mapping[str, str] | None,
) -> Pushed:
    optional = {
        "subject": subject and descriptor(subject, media_types.OCI_IMAGE),
        "artifactType": artifact_type,
        "annotations": annotations,
    }
    whole = {"schemaVersion": 2, "mediaType": media_type, **body}
    whole |= {name: value for name, value in optional.items() if value}
    content = json.dumps(whole).encode()
    return Pushed(Digest.of(content), oci.parse(content, media_type))
