"""Media types that mean something to a registry (image-spec, and Docker's image manifests).

Decides which types are known, which are refused, and which layers may live elsewhere.
Any other well-formed type is welcome and means nothing here.
"""

from __future__ import annotations

import re

from longshore.oci.errors import ManifestInvalid

OCI_IMAGE = "application/vnd.oci.image.manifest.v1+json"
OCI_INDEX = "application/vnd.oci.image.index.v1+json"
DOCKER_IMAGE = "application/vnd.docker.distribution.manifest.v2+json"
DOCKER_LIST = "application/vnd.docker.distribution.manifest.list.v2+json"

IMAGES = frozenset({OCI_IMAGE, DOCKER_IMAGE})
INDEXES = frozenset({OCI_INDEX, DOCKER_LIST})
# Of configurations that have labels (image-spec, "config"; Docker's is its ancestor).
CONFIGS = frozenset(
    {
        "application/vnd.oci.image.config.v1+json",
        "application/vnd.docker.container.image.v1+json",
    }
)

OCTETS = "application/octet-stream"
JSON = "application/json"

# Signed by a scheme nobody verifies any more, and not served under the digest of its bytes.
SCHEMA_1 = frozenset(
    {
        "application/vnd.docker.distribution.manifest.v1+json",
        "application/vnd.docker.distribution.manifest.v1+prettyjws",
    }
)

# RFC 6838, section 4.2; parameters are cut off before.
_MEDIA_TYPE = re.compile(r"[a-zA-Z0-9][\w!#$&^.+-]{0,126}/[a-zA-Z0-9][\w!#$&^.+-]{0,126}", re.ASCII)


def parse(header: str) -> str:
    """The media type of a Content-Type header, without parameters; raises ManifestInvalid."""
    media_type = header.partition(";")[0].strip()
    if _MEDIA_TYPE.fullmatch(media_type) is None:
        raise ManifestInvalid(
            "Content-Type must name the media type of the manifest",
            detail={"contentType": header[:200]},
        )
    return media_type


def may_live_elsewhere(media_type: str) -> bool:
    """Whether a layer of this type need not be here (image-spec, "Non-distributable Layers")."""
    return "nondistributable" in media_type or ".foreign." in media_type
