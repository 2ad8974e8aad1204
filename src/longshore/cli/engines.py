"""Docker Engine on the command line: an image of it to ship, with what is seen while it is read.

It decides where an image is unpacked to until it has gone: a file among those that are temporary.
Which image is meant is decided in `delivery`, and what the engine says in `engine`.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import IO, TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from longshore.client.copying import Watch
    from longshore.delivery.tags.local import LocalImage
    from longshore.engine.images import Images, Pushing
    from longshore.oci.digest import Digest
    from longshore.oci.image import ImageReference
    from longshore.oci.names import Tag


_OPEN_FILES = Path("/proc/self/fd")  # of Linux: to open one anew, and read from anywhere


class EngineImage(NamedTuple):
    """An image of the engine, and the engine that has it."""

    images: Images
    image: LocalImage

    @contextlib.contextmanager
    def packed(self, watch: Watch) -> Iterator[Path]:
        """An archive of it, which goes when this ends."""
        from longshore.client.copying import Event
        from longshore.oci.digest import Digest

        whole = Digest(self.image.id)

        def tell(done: int, total: int = 0) -> None:
            # How large the archive becomes nobody knows; it may well be packed, the image is not.
            watch(Event("moving", "blob", whole, total or max(done, self.image.size), done))

        with _temporary() as (file, path):
            self.images.pack(self.image, file, tell)
            size = file.tell()
            tell(size, size)
            yield path

    def push(self, target: ImageReference, tag: Tag, watch: Watch) -> Digest:
        """Have the engine push it by itself, with the login that docker would use."""
        from longshore.client import credentials
        from longshore.client.copying import Event
        from longshore.engine.images import login_of
        from longshore.oci.digest import Digest

        login = credentials.find(target.host, target.repository, os.environ)
        words = (login.username, login.password, login.identity_token) if login else ()
        key = credentials.key_of(target.host)

        def tell(told: Pushing) -> None:
            # The engine tells the first digits only; they are enough to tell layers apart.
            layer = Digest(f"sha256:{told.layer}")
            watch(Event(told.action, "blob", layer, told.total, told.done))

        return self.images.push(self.image, target.name, tag, login_of(key, *words), tell)


@contextlib.contextmanager
def _temporary() -> Iterator[tuple[IO[bytes], Path]]:
    """A file, and where it can be opened by others of this process.

    It has no name where the system can do without: whatever ends the process ends the file.
    """
    if _OPEN_FILES.is_dir():
        with tempfile.TemporaryFile() as nameless:
            yield nameless, _OPEN_FILES / str(nameless.fileno())
    else:
        with tempfile.NamedTemporaryFile(prefix="longshore-image-", suffix=".tar") as file:
            yield file, Path(file.name)


@contextlib.contextmanager
def opened() -> Iterator[Images]:
    """The images of the engine that docker would use; raises NoEngine."""
    from longshore.engine.connection import connect
    from longshore.engine.images import Images

    with contextlib.closing(connect(os.environ)) as client:
        yield Images(client)


def find(
    images: Images, name: str | None, target: ImageReference, tags: Collection[str], commit: str
) -> EngineImage:
    """The image of that name; without one, the image that the checkout means."""
    from longshore.delivery.tags import local

    image = images.find(name) if name else local.choose(images.listed(), target, tags, commit)
    return EngineImage(images, image)
