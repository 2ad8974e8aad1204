"""The rules of provenance: what a manifest says of where it is from, and where more may be read."""

import json

import msgspec
import pytest

from longshore.delivery.ports import Metadata
from longshore.oci import manifest as oci
from longshore.oci import media_types
from longshore.oci.digest import Digest
from longshore.oci.names import RepositoryName
from longshore.registry import blobs, manifests
from longshore.registry.history import REVISION_KEY, SOURCE_KEY, UNKNOWN, Origin
from longshore.registry.ports import Transaction
from longshore.registry.provenance import LARGEST_CHILD, LARGEST_CONFIG, look
from longshore.registry.records import StoredBlob
from tests.content import Pushed, descriptor, image, index

A = RepositoryName("a")
CONFIG = StoredBlob(Digest.of(b"config"), 6, "key")
LARGE = StoredBlob(Digest.of(b"large"), LARGEST_CONFIG + 1, "large")
ABSENT = Digest.of(b"absent")


def configured(config: Digest, kind: str, annotations: dict[str, str] | None = None) -> Pushed:
    """An image with a configuration of that type."""
    body = {
        "schemaVersion": 2,
        "mediaType": media_types.OCI_IMAGE,
        "config": descriptor(config, kind),
        "layers": [],
        "annotations": annotations or {},
    }
    content = json.dumps(body).encode()
    return Pushed(Digest.of(content), oci.parse(content, media_types.OCI_IMAGE))


@pytest.fixture
async def filled(metadata: Metadata) -> Metadata:
    for blob in (CONFIG, LARGE):
        await metadata.write(blobs.add, A, blob)
    return metadata


async def told(metadata: Metadata, pushed: Pushed) -> tuple[Origin, str | None]:
    """What annotations say, and the key of the configuration."""
    origin, config = await metadata.read(look, A, pushed.manifest)
    return origin, config and config.key


@pytest.mark.parametrize("kind", sorted(media_types.CONFIGS))
async def test_labels_are_in_the_configuration_of_an_image(filled: Metadata, kind: str) -> None:
    pushed = configured(CONFIG.digest, kind, {REVISION_KEY: "0ff1ce"})
    assert await told(filled, pushed) == (Origin("0ff1ce"), CONFIG.key)
    for digest in (LARGE.digest, ABSENT):
        assert await told(filled, configured(digest, kind)) == (UNKNOWN, None)


async def test_other_configurations_have_none(filled: Metadata) -> None:
    assert await told(filled, image(CONFIG.digest)) == (UNKNOWN, None)
    nothing = Pushed(ABSENT, oci.parse(b"{}", "application/x.any"))
    assert await told(filled, nothing) == (UNKNOWN, None)


async def test_an_index_is_completed_by_its_first_image(filled: Metadata) -> None:
    kind = max(media_types.CONFIGS)
    child = configured(CONFIG.digest, kind, {REVISION_KEY: "0ff1ce", SOURCE_KEY: "of the child"})
    await filled.write(manifests.put, A, *child, [])
    parent = index(child.digest, annotations={SOURCE_KEY: "of the index"})
    assert await told(filled, parent) == (Origin("0ff1ce", "of the index"), CONFIG.key)
    outer = index(parent.digest)
    await filled.write(manifests.put, A, *parent, [])
    assert await told(filled, outer) == (UNKNOWN, None)
    assert await told(filled, index()) == (UNKNOWN, None)
    assert await told(filled, index(ABSENT)) == (UNKNOWN, None)


async def test_a_child_that_is_large_or_damaged_says_nothing(filled: Metadata) -> None:
    large = image(CONFIG.digest, annotations={REVISION_KEY: "0ff1ce", "x": LARGEST_CHILD * "x"})
    sound = image(CONFIG.digest, annotations={REVISION_KEY: "0ff1ce"})
    damaged = Pushed(sound.digest, msgspec.structs.replace(sound.manifest, content=b"{"))

    def add(tx: Transaction) -> None:
        for one in (large, damaged):
            tx.manifests.add(A, *one, tx.now)

    await filled.write(add)
    for child in (large, damaged):
        assert await told(filled, index(child.digest)) == (UNKNOWN, None)
