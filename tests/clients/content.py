"""Images, indexes and artifacts made for the tests, written as OCI image layouts.

Decides what the content is, from bytes to digests; knows no registry and no client.
`tree` says what belongs to a manifest, for layouts and registries alike.
"""

import functools
import gzip
import hashlib
import io
import json
import tarfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

MANIFEST = "application/vnd.oci.image.manifest.v1+json"
INDEX = "application/vnd.oci.image.index.v1+json"
CONFIG = "application/vnd.oci.image.config.v1+json"
LAYER = "application/vnd.oci.image.layer.v1.tar+gzip"
EMPTY = "application/vnd.oci.empty.v1+json"

Descriptor = dict[str, Any]
Fetch = Callable[[str, str], bytes]


class Body(bytes):
    """Bytes that a failed comparison need not print."""

    def __repr__(self) -> str:
        return f"<{len(self)} bytes>"


Tree = dict[str, Body]


def digest_of(content: bytes, algorithm: str = "sha256") -> str:
    return f"{algorithm}:{hashlib.new(algorithm, content).hexdigest()}"


def tree(root: str, fetch: Fetch) -> Tree:
    """Return all that a manifest needs, itself included, by digest.

    `fetch` is asked for ("manifests", digest) or ("blobs", digest).
    """
    content: Tree = {}
    pending = [("manifests", root)]
    while pending:
        kind, digest = pending.pop()
        body = content[digest] = Body(fetch(kind, digest))
        assert digest_of(body, digest.partition(":")[0]) == digest, f"not the bytes of {digest}"
        if kind == "manifests":
            document = json.loads(body)
            blobs = [document.get("config"), *document.get("layers", [])]
            pending += [("blobs", blob["digest"]) for blob in blobs if blob]
            pending += [("manifests", child["digest"]) for child in document.get("manifests", [])]
    return content


@functools.lru_cache(maxsize=4)  # most images have the same layer at the bottom
def _compressed(packed: bytes) -> bytes:
    """As gzip does it quickest: how small a layer is matters to no test."""
    return gzip.compress(packed, compresslevel=1, mtime=0)


def tar(files: Mapping[str, bytes]) -> bytes:
    """Return files as a tar archive, the same bytes every time."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            entry.mode = 0o755
            archive.addfile(entry, io.BytesIO(content))
    return packed.getvalue()


class Layout:
    """An OCI image layout in a folder, filled from the leaves up."""

    def __init__(self, path: Path, algorithm: str = "sha256") -> None:
        self.path = path
        self._algorithm = algorithm
        self._tagged: list[Descriptor] = []
        (path / "blobs" / algorithm).mkdir(parents=True)
        (path / "oci-layout").write_text('{"imageLayoutVersion": "1.0.0"}')

    def blob(self, content: bytes, media_type: str) -> Descriptor:
        digest = digest_of(content, self._algorithm)
        self._file(digest).write_bytes(content)
        return {"mediaType": media_type, "digest": digest, "size": len(content)}

    def image(
        self,
        files: Mapping[str, bytes],
        *,
        architecture: str = "amd64",
        labels: Mapping[str, str] | None = None,
        config: Mapping[str, object] | None = None,
        below: Mapping[str, bytes] = MappingProxyType({}),
    ) -> Descriptor:
        """Add an image of one layer whose command, unless given, prints its file `message`.

        Files that are `below` are in a layer of their own: engines take it once for all images.
        """
        packed = [tar(each) for each in ((below, files) if below else (files,))]
        layers = [self.blob(_compressed(each), LAYER) for each in packed]
        platform = {"os": "linux", "architecture": architecture}
        document = {
            **platform,
            "config": config or {"Cmd": ["/bin/busybox", "cat", "/message"], "Labels": labels},
            "rootfs": {"type": "layers", "diff_ids": [digest_of(each) for each in packed]},
        }
        described = self.blob(json.dumps(document).encode(), CONFIG)
        return {**self.manifest(described, layers), "platform": platform}

    def artifact(self, content: bytes, kind: str, **fields: object) -> Descriptor:
        """Add an artifact of one blob; `subject` among the fields attaches it."""
        blob = self.blob(content, "text/plain")
        empty = self.blob(b"{}", EMPTY)
        return self.manifest(empty, [blob], artifactType=kind, **fields)

    def manifest(
        self, config: Descriptor, layers: Sequence[Descriptor], **fields: object
    ) -> Descriptor:
        document = {"config": config, "layers": layers, **fields}
        return self._document(MANIFEST, document)

    def index(self, children: Sequence[Descriptor], **fields: object) -> Descriptor:
        return self._document(INDEX, {"manifests": children, **fields})

    def tag(self, name: str, descriptor: Descriptor) -> None:
        """Name one manifest, as index.json of a layout does."""
        annotations = {"org.opencontainers.image.ref.name": name}
        self._tagged.append({**descriptor, "annotations": annotations})
        document = {"schemaVersion": 2, "mediaType": INDEX, "manifests": self._tagged}
        (self.path / "index.json").write_text(json.dumps(document))

    def tree(self, descriptor: Descriptor) -> Tree:
        return read_layout(self.path, descriptor["digest"])

    def _document(self, media_type: str, fields: Mapping[str, object]) -> Descriptor:
        document = {"schemaVersion": 2, "mediaType": media_type, **fields}
        return self.blob(json.dumps(document).encode(), media_type)

    def _file(self, digest: str) -> Path:
        return self.path.joinpath("blobs", *digest.split(":"))


def read_layout(path: Path, root: str) -> Tree:
    """Return a manifest and all it needs from a layout that any program wrote."""
    return tree(root, lambda _, digest: path.joinpath("blobs", *digest.split(":")).read_bytes())


def tagged(path: Path) -> dict[str, str]:
    """Return the digests that a layout's index.json lists, by tag ("" where there is none)."""
    listed = json.loads((path / "index.json").read_bytes())["manifests"]
    name = "org.opencontainers.image.ref.name"
    return {entry.get("annotations", {}).get(name, ""): entry["digest"] for entry in listed}
