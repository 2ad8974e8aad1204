"""Archives of `docker save` from before Docker 25, as a place to copy from.

Decides how an image that has no manifest gets one: its configuration stays as it is, its layers
are compressed, always to the same bytes, as docker does when it pushes them. They are compressed
into temporary files, since a digest has to be known before the first byte goes.
"""

from __future__ import annotations

import gzip
import shutil
import tempfile
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import IO, Any, cast

import msgspec

from longshore.client.blobs import Blob
from longshore.client.errors import NotALayout
from longshore.client.files import Extent, Files, Folder
from longshore.client.manifests import Pulled
from longshore.oci import media_types
from longshore.oci.digest import Digest, hasher
from longshore.oci.errors import BlobUnknown, DigestInvalid, ManifestUnknown
from longshore.oci.manifest import Descriptor
from longshore.oci.names import Reference, Tag

LISTING = "manifest.json"
CONFIG = "application/vnd.docker.container.image.v1+json"
LAYER = "application/vnd.docker.image.rootfs.diff.tar.gzip"
LEVEL = 6  # of gzip: most of what is to be had, at twice the speed of 9


class _Image(msgspec.Struct, rename="pascal"):
    config: str
    layers: list[str]
    repo_tags: list[str] | None = None


class _RootFS(msgspec.Struct):
    diff_ids: list[str] = []


class _Config(msgspec.Struct):
    rootfs: _RootFS


class DockerArchiveSource:
    """Implements Source. Nothing can be attached to what has no digest."""

    is_local = True

    def __init__(self, files: Files, place: str) -> None:
        self._files = files
        self._place = place
        self._folder = tempfile.TemporaryDirectory(prefix="longshore-layers-")
        self._made = Folder(Path(self._folder.name))

    def close(self) -> None:
        self._folder.cleanup()

    def resolve(self, reference: Reference | None) -> Pulled:
        image = self._choose(reference)
        config = self._files.read(image.config)
        diff_ids = msgspec.json.decode(config, type=_Config).rootfs.diff_ids
        if len(diff_ids) != len(image.layers):
            raise NotALayout(f"{self._place}: the configuration has other layers than {LISTING}")
        with ThreadPoolExecutor() as threads:
            layers = list(threads.map(self._compress, image.layers, map(Digest.parse, diff_ids)))
        digest = Digest.of(config)
        (self._made.path / digest.hex).write_bytes(config)
        content = msgspec.json.encode(
            {
                "schemaVersion": 2,
                "mediaType": media_types.DOCKER_IMAGE,
                "config": _descriptor(CONFIG, Blob(digest, len(config))),
                "layers": [_descriptor(LAYER, layer) for layer in layers],
            },
        )
        return Pulled(Digest.of(content), media_types.DOCKER_IMAGE, content)

    def manifest(self, descriptor: Descriptor) -> Pulled:
        raise ManifestUnknown(f"{self._place} has no manifest {descriptor.digest}")

    def blob(self, blob: Blob, start: int) -> Generator[bytes, None, None]:
        if self._made.size(blob.digest.hex) is None:
            raise BlobUnknown(f"{self._place} has no blob {blob.digest}")
        return self._made.stream(blob.digest.hex, start)

    def extent(self, blob: Blob) -> Extent | None:
        return self._made.extent(blob.digest.hex)

    def referrers(self, subject: Digest) -> list[Descriptor]:  # noqa: ARG002
        return []

    def tagged(self, tag: Tag) -> Pulled | None:  # noqa: ARG002
        return None

    def _choose(self, reference: Reference | None) -> _Image:
        images = msgspec.json.decode(self._files.read(LISTING), type=list[_Image])
        found = [
            image
            for image in images
            if reference is None
            or any(name.rpartition(":")[2] == reference for name in image.repo_tags or ())
        ]
        if len(found) == 1:
            return found[0]
        there = sorted({name for image in images for name in image.repo_tags or ()})
        raise ManifestUnknown(
            f"{self._place}: name one of its images by its tag: {', '.join(there)}"
        )

    def _compress(self, name: str, diff_id: Digest) -> Blob:
        """Compress a layer; raises DigestInvalid if it is not the configuration's."""
        check = hasher(diff_id.algorithm)
        with tempfile.NamedTemporaryFile(dir=self._made.path, delete=False) as part:
            whole = _Hashing(part)
            with gzip.GzipFile("", "wb", LEVEL, cast("IO[bytes]", whole), mtime=0) as packed:
                for piece in self._files.stream(name, 0):
                    check.update(piece)
                    packed.write(piece)
        if check.hexdigest() != diff_id.hex:
            raise DigestInvalid(f"{self._place}: {name} is not the layer {diff_id}")
        blob = Blob(Digest(f"sha256:{whole.hash.hexdigest()}"), whole.size)
        shutil.move(part.name, self._made.path / blob.digest.hex)
        return blob


class _Hashing:
    """A file that knows the digest of what is written to it."""

    def __init__(self, file: Any) -> None:
        self._file = file
        self.hash = hasher("sha256")
        self.size = 0

    def write(self, data: bytes) -> int:
        self.hash.update(data)
        self.size += len(data)
        self._file.write(data)
        return len(data)

    def flush(self) -> None:
        self._file.flush()


def _descriptor(media_type: str, blob: Blob) -> dict[str, object]:
    return {"mediaType": media_type, "size": blob.size, "digest": str(blob.digest)}
