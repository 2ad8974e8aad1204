"""An image of an engine is packed into a file that ends with the process, however that ends."""

import io
import tarfile
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

import pytest

from longshore.cli import engines
from longshore.cli.engines import EngineImage
from longshore.client.files import Archive
from longshore.delivery.tags.local import LocalImage

FILES = {"index.json": b"{}", "blobs/sha256/00": b"a layer" * 1000}


class Engine:
    """Packs the same image whenever it is asked."""

    def pack(self, _: LocalImage, file: IO[bytes], watch: Callable[[int], None]) -> None:
        with tarfile.open(fileobj=file, mode="w") as archive:
            for name, content in FILES.items():
                entry = tarfile.TarInfo(name)
                entry.size = len(content)
                archive.addfile(entry, io.BytesIO(content))
        file.flush()
        watch(file.tell())


@pytest.mark.parametrize("place", ["/proc/self/fd", "/nowhere"], ids=["Linux", "elsewhere"])
def test_the_file_can_be_read_from_anywhere_and_is_gone_afterwards(
    place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(engines, "_OPEN_FILES", Path(place))
    engine: Any = Engine()
    with EngineImage(engine, LocalImage("sha256:0")).packed(lambda _: None) as path:
        # Nothing is left of it if this process is killed now.
        assert bool(list(tmp_path.iterdir())) == (place == "/nowhere")
        archive = Archive(path)
        first, second = archive.stream("index.json", 1), archive.stream("blobs/sha256/00", 7)
        assert next(second) == FILES["blobs/sha256/00"][7:]
        assert next(first) == b"}"
    assert list(tmp_path.iterdir()) == []
    assert not path.exists()
