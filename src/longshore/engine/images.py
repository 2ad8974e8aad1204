"""Images of an engine: found, packed up, and pushed by the engine itself.

Decides what the engine's reports of a push mean: what has become of each layer, which digest it
came to, and that an error among them is one, although the engine had answered 200 by then.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import IO, Any, Literal, NamedTuple

import docker
from docker.errors import ImageNotFound

from longshore.delivery.tags.local import LocalImage
from longshore.engine.connection import refusals
from longshore.engine.errors import EngineError, NoImage, PushDenied
from longshore.oci.digest import Digest
from longshore.oci.names import Tag
from longshore.oci.platform import Platform

PIECE = 2 * 1024 * 1024  # bytes of an archive, read at a time
NAMELESS = "<none>"

_DIGEST = re.compile(r"digest: (sha256:[0-9a-f]{64}) ")
_DENIED = re.compile(r"denied|forbidden|unauthorized", re.IGNORECASE)

Watch = Callable[[int], None]  # is told how many bytes have been read so far


class Pushing(NamedTuple):
    """What a push says of a layer, which the engine names by the first digits of a digest."""

    action: Literal["planned", "moving", "copied", "mounted", "present"]
    layer: str
    done: int = 0
    total: int = 0


# What the engine says of a layer, by its first words.
_ACTIONS: tuple[tuple[str, Literal["planned", "moving", "copied", "mounted", "present"]], ...] = (
    ("Preparing", "planned"),
    ("Waiting", "planned"),
    ("Pushing", "moving"),
    ("Pushed", "copied"),
    ("Mounted from", "mounted"),
    ("Layer already exists", "present"),
    ("Already exists", "present"),
)


class Images:
    """The images of one engine."""

    def __init__(self, client: docker.APIClient) -> None:
        self._client = client

    def listed(self) -> list[LocalImage]:
        """All that have a name, or had one."""
        with refusals():
            return [_image(each) for each in self._client.images()]

    def platform(self) -> Platform:
        """What the engine runs, and has of an image that it pulled."""
        with refusals():
            told = self._client.version()
        return Platform(str(told["Os"]), str(told["Arch"]))

    def find(self, name: str) -> LocalImage:
        """The image by a name, a digest or an id; raises NoImage."""
        with refusals():
            try:
                found = self._client.inspect_image(name)  # type: ignore[no-untyped-call]
            except ImageNotFound:
                raise NoImage(
                    f"Docker Engine has no image {name}: `docker images` lists those it has"
                ) from None
        return next(
            (each for each in self.listed() if each.id == found["Id"]),
            LocalImage(found["Id"], labels=(found.get("Config") or {}).get("Labels") or {}),
        )

    def pack(self, image: LocalImage, file: IO[bytes], watch: Watch) -> None:
        """Write the image to a file, as `docker save` does."""
        done = 0
        with refusals():
            for piece in self._client.get_image(image.id, PIECE):
                file.write(piece)
                done += len(piece)
                watch(done)
        file.flush()

    def push(
        self,
        image: LocalImage,
        repository: str,
        tag: Tag,
        login: Mapping[str, str],
        watch: Callable[[Pushing], None],
    ) -> Digest:
        """Have the engine push an image, which it then has under this name, too.

        `login` is as the engine's API has it (AuthConfig). Raises PushDenied, or EngineError.
        """
        with refusals():
            self._client.tag(image.id, repository, tag)
            reports = self._client.push(
                repository, tag, stream=True, decode=True, auth_config=dict(login)
            )
            return follow(reports, watch)


def login_of(
    host: str, username: str = "", password: str = "", identity_token: str = ""
) -> dict[str, str]:
    """A login as the engine's API has it; without a name, that there is none."""
    if identity_token:
        return {"identitytoken": identity_token, "serveraddress": host}
    if not username:
        return {}
    return {"username": username, "password": password, "serveraddress": host}


def follow(reports: Iterator[dict[str, Any]], watch: Callable[[Pushing], None]) -> Digest:
    digest, sizes = "", dict[str, int]()
    for report in reports:
        if problem := report.get("error"):
            kind = PushDenied if _DENIED.search(problem) else EngineError
            raise kind(f"Docker Engine: {problem}")
        status = str(report.get("status") or "")
        if found := _DIGEST.search(f"{status} "):
            digest = found[1]
        told = _of_layer(report, status)
        if told is not None:
            # The report of a layer's end does not repeat how large it was.
            sizes[told.layer] = max(told.total, sizes.get(told.layer, 0))
            watch(told._replace(total=sizes[told.layer]))
    if not digest:
        raise EngineError("Docker Engine does not say what it pushed: push again")
    return Digest.parse(digest)


def _of_layer(report: Mapping[str, Any], status: str) -> Pushing | None:
    layer = str(report.get("id") or "")
    action = next((action for words, action in _ACTIONS if status.startswith(words)), None)
    if not layer or action is None:
        return None
    detail = report.get("progressDetail") or {}
    done, total = int(detail.get("current") or 0), int(detail.get("total") or 0)
    return Pushing(action, layer, done, max(done, total))


def _image(listed: Mapping[str, Any]) -> LocalImage:
    """An entry of the engine's list. What has no name is null, or named `<none>`."""
    names = tuple(name for name in listed.get("RepoTags") or () if NAMELESS not in name)
    digests = (name.rpartition("@")[2] for name in listed.get("RepoDigests") or ())
    return LocalImage(
        listed["Id"],
        names,
        frozenset(each for each in digests if NAMELESS not in each),
        listed.get("Labels") or {},
        int(listed.get("Created") or 0),
        int(listed.get("Size") or 0),
    )
