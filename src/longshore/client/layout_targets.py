"""OCI image layouts as a place to copy to: a folder, or an archive made of one at the end.

Decides that a file under its name is complete: bytes come to a name of their own first. Several
copies into one folder, one after the other, add up.
"""

from __future__ import annotations

import shutil
import tarfile
import tempfile
import threading
from pathlib import Path

from longshore.client import indexes
from longshore.client.blobs import Blob, Content
from longshore.client.content import Source
from longshore.client.files import Folder
from longshore.client.layouts import INDEX, MARK, REF_NAME, LayoutSource, blob_file, names
from longshore.client.manifests import Expected, Pulled
from longshore.oci.digest import Digest
from longshore.oci.errors import TagMoved
from longshore.oci.manifest import Descriptor, Manifest
from longshore.oci.names import Reference, Tag


class LayoutTarget:
    """A folder. Implements Target."""

    checks_digests = False

    def __init__(self, path: Path) -> None:
        self._path = path
        self._layout = LayoutSource(Folder(path), str(path))
        self._lock = threading.Lock()

    def find(self, reference: Reference) -> Digest | None:
        if isinstance(reference, Digest):
            return reference if self._file(reference).exists() else None
        found = [each.digest for each in self._entries() if reference in names(each)]
        return Digest.parse(found[0]) if found else None

    def has_manifest(self, pulled: Pulled, manifest: Manifest) -> bool:
        is_listed = any(each.digest == pulled.digest for each in self._entries())
        is_there = self._file(pulled.digest).exists()
        return is_there and (manifest.subject is None or is_listed)

    def has_blob(self, blob: Blob) -> bool:
        file = self._file(blob.digest)
        return file.exists() and file.stat().st_size == blob.size

    def push_blob(self, content: Content, origin: Source) -> bool:  # noqa: ARG002
        file = self._file(content.blob.digest)
        file.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=file.parent, prefix=".", delete=False) as part:
            try:
                for piece in content.pieces(0, content.blob.size):
                    part.write(piece)
                part.flush()
                _finish(Path(part.name), file)
            except BaseException:
                Path(part.name).unlink()
                raise
        return True

    def push_manifest(self, pulled: Pulled, manifest: Manifest) -> None:
        self._keep(pulled)
        if manifest.subject is not None:
            self.name(pulled, None, None)

    def name(self, pulled: Pulled, tag: Tag | None, expected: Expected | None) -> None:
        self._keep(pulled)
        annotations = {REF_NAME: str(tag)} if tag else None
        entry = Descriptor(
            pulled.media_type, pulled.digest, len(pulled.content), annotations=annotations
        )
        with self._lock:
            entries = self._entries()
            if tag is not None and expected is not None and self.find(tag) != expected.digest:
                raise TagMoved
            if tag is not None:
                self._save([*(each for each in entries if tag not in names(each)), entry])
            elif all(each.digest != pulled.digest for each in entries):
                self._save([*entries, entry])

    def finish(self) -> None:
        """All is in its place already."""

    def abandon(self) -> None:
        """What came is skipped the next time."""

    def _keep(self, pulled: Pulled) -> None:
        file = self._file(pulled.digest)
        file.parent.mkdir(parents=True, exist_ok=True)
        _write(file, pulled.content)

    def _entries(self) -> list[Descriptor]:
        return self._layout.entries() if (self._path / INDEX).exists() else []

    def _save(self, entries: list[Descriptor]) -> None:
        _write(self._path / MARK, b'{"imageLayoutVersion": "1.0.0"}')
        _write(self._path / INDEX, indexes.encode(entries))

    def _file(self, digest: Digest) -> Path:
        return self._path / blob_file(digest)


class ArchiveTarget(LayoutTarget):
    """A tar archive: a folder beside it until all is there.

    A copy that fails removes the folder; one that was killed finds it and goes on.
    """

    def __init__(self, path: Path) -> None:
        self._archive = path
        self._folder = path.with_name(f"{path.name}.partial")
        self._packed = path.with_name(f"{path.name}.packed")
        super().__init__(self._folder)

    def finish(self) -> None:
        with tarfile.open(self._packed, "w") as archive:
            for name in (MARK, INDEX, "blobs"):
                archive.add(self._folder / name, name, filter=_whole)
        self._packed.replace(self._archive)
        shutil.rmtree(self._folder)

    def abandon(self) -> None:
        self._packed.unlink(missing_ok=True)
        shutil.rmtree(self._folder, ignore_errors=True)


def _whole(member: tarfile.TarInfo) -> tarfile.TarInfo | None:
    """A file under its name; none that a killed copy has left half written."""
    return None if Path(member.name).name.startswith(".") else member


def _write(file: Path, content: bytes) -> None:
    """Replace a file as a whole."""
    part = file.with_name(f".{file.name}.new")
    part.write_bytes(content)
    _finish(part, file)


def _finish(part: Path, file: Path) -> None:
    part.chmod(0o644)
    part.replace(file)
