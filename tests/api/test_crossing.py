"""A push goes down through the layers once, and comes back once: a recording of every crossing.

The application runs in this process, on each backend, while the interpreter reports each call.
"""

from __future__ import annotations

import contextlib
import sys
import threading
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from types import FrameType
from typing import Any, NamedTuple

import pytest
import structlog

import longshore
from longshore.api.app import App
from longshore.api.authentication import Authenticator
from longshore.api.context import Context
from longshore.api.messages import Message
from longshore.api.metrics import Metrics
from longshore.api.news import ANSWERED, ASKED, RUNNING
from longshore.api.origin import Origin
from longshore.api.sightings import Sightings
from longshore.api.waiting import Waiting
from longshore.client.notifications import Notifier
from longshore.credentials.oidc import OIDCIdentityTokens
from longshore.credentials.passwords import Argon2Passwords
from longshore.credentials.tokens import JWTTokens
from longshore.delivery.ports import Metadata
from longshore.oci.digest import Digest
from longshore.registry.credentials import Credentials
from longshore.registry.stores import ByteStore
from longshore.storage.filesystem import FilesystemBlobStore
from longshore.storage.memory.changes import MemoryChanges
from longshore.storage.open_uploads import OpenUploads
from longshore.storage.space import FreeSpace
from tests.backends import HOUR, METADATA, Time
from tests.content import image

ROOT = str(Path(longshore.__file__).parent)
LAYERS = ("oci", "registry", "delivery", "storage", "api")  # from low to high; `oci` is vocabulary
RULES = {"registry", "delivery"}


class Crossing(NamedTuple):
    """A call from one package into another one."""

    caller: str
    callee: str
    function: str


class Recorder:
    """Notes the crossings of every thread that begins after `install`, while it is recording."""

    def __init__(self) -> None:
        self.crossings: list[Crossing] = []
        self._frames: set[FrameType] = set()
        self._is_recording = False

    def install(self) -> None:
        sys.setprofile(self._note)
        threading.setprofile(self._note)

    def remove(self) -> None:
        sys.setprofile(None)
        threading.setprofile(None)

    @contextlib.contextmanager
    def recording(self) -> Iterator[None]:
        self._is_recording = True
        yield
        self._is_recording = False
        self._frames.clear()

    def _note(self, frame: FrameType, event: str, _: Any) -> None:
        # A coroutine that goes on after a wait is reported again.
        if event != "call" or not self._is_recording or frame in self._frames:
            return
        self._frames.add(frame)
        callee = package(frame)
        caller = package(frame.f_back) if frame.f_back else None
        if callee and caller and callee != caller:
            self.crossings.append(Crossing(caller, callee, frame.f_code.co_qualname))

    def between(self, caller: str, callee: str) -> list[str]:
        """Functions of one package that the other one called."""
        return [one.function for one in self.crossings if one[:2] == (caller, callee)]


def package(frame: FrameType) -> str | None:
    """The package of a frame's code, or None for code that is not the project's."""
    path = frame.f_code.co_filename
    return path[len(ROOT) + 1 :].partition("/")[0] if path.startswith(ROOT) else None


@pytest.fixture
def recorder() -> Iterator[Recorder]:
    """Return a recorder that is there before any thread of a backend."""
    recorder = Recorder()
    recorder.install()
    yield recorder
    recorder.remove()


@pytest.fixture(params=METADATA)
def app(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[App]:
    request.getfixturevalue("recorder")
    store = FilesystemBlobStore(tmp_path)
    store.prepare()
    with METADATA[request.param](tmp_path, HOUR, Time()) as metadata:
        yield make_app(metadata, store, tmp_path)


def make_app(metadata: Metadata, store: ByteStore, root: Path) -> App:
    @contextlib.asynccontextmanager
    async def lifespan() -> AsyncIterator[None]:
        yield

    credentials = Credentials(Argon2Passwords(), JWTTokens("test"), OIDCIdentityTokens(), None)
    context = Context(
        metadata=metadata,
        store=store,
        space=FreeSpace(root, 0),
        open_uploads=OpenUploads(root, 0),
        metrics=Metrics(),
        credentials=credentials,
        authenticator=Authenticator(metadata, credentials, is_open=True),
        origin=Origin(),
        messenger=Notifier(None),
        manifest_limit=4 << 20,
        page_limit=100,
        token_lifetime=300,
        waiting=Waiting(metadata, MemoryChanges(), RUNNING, 0),
        listening=Waiting(metadata, MemoryChanges(), ASKED, 0),
        reading=Waiting(metadata, MemoryChanges(), ANSWERED, 0),
        sightings=Sightings(metadata),
        is_open=True,
    )
    log = structlog.wrap_logger(
        structlog.ReturnLogger(), wrapper_class=structlog.make_filtering_bound_logger(50)
    )
    return App(context, log, lifespan)


async def ask(app: App, method: str, target: str, body: bytes, media_type: str = "") -> int:
    """Send one request to the application itself; answers the status."""
    path, _, query = target.partition("?")
    headers = [(b"content-length", b"%d" % len(body)), (b"content-type", media_type.encode())]
    scope: Message = {
        "type": "http",
        "scheme": "http",
        "method": method,
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "headers": headers,
    }
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Message) -> None:
        sent.append(message)

    await app(scope, receive, send)
    status: int = sent[0]["status"]
    return status


def assert_only_downwards(recorder: Recorder, *exceptions: Crossing) -> None:
    upwards = {
        one
        for one in recorder.crossings
        if LAYERS.index(one.caller) < LAYERS.index(one.callee)
        # A rule reaches the storage through its ports: rules own them, storage is behind.
        and not (one.caller in RULES and one.callee == "storage")
    }
    assert upwards == set(exceptions)


async def test_a_manifest_crosses_each_layer_once(app: App, recorder: Recorder) -> None:
    config = Digest.of(b"{}")
    assert await ask(app, "POST", f"/v2/a/blobs/uploads/?digest={config}", b"{}") == 201
    pushed = image(config).manifest
    with recorder.recording():
        status = await ask(app, "PUT", "/v2/a/manifests/v1", pushed.content, pushed.media_type)
    assert status == 201
    # Down: the handler computes the digest, then hands one rule to one transaction.
    assert recorder.between("api", "registry") == ["digest_of"]
    asked_of_storage = recorder.between("api", "storage")
    # Before that it looks up where the image comes from.
    [admission, look, _, transaction] = [name for name in asked_of_storage if "Space" not in name]
    assert admission.endswith("Metadata.read")
    assert look.endswith("Metadata.read")
    assert transaction.endswith(".write")
    # Who calls is asked first. The transaction runs that rule, and no other comes back from it.
    back = recorder.between("storage", "registry")
    assert [name for name in back if name != "read"] == ["state", "look"]  # `read` takes a text
    assert recorder.between("storage", "delivery") == ["push"]
    assert recorder.between("delivery", "registry").count("put") == 1
    assert_only_downwards(recorder)
    # Each statement of the rule is asked for once, in this order.
    rows = [name for name in recorder.between("registry", "storage") if "." in name]
    asked = [name for name in rows if not name.startswith(("SQLTransaction", "MemoryTransaction"))]
    assert asked == [
        "Facts.get",
        "Manifests.by_digest",
        "Manifests.missing",
        "Repositories.add",
        "Manifests.add",
        "Tags.find",
        "Tags.point",
        "History.add",
        "Audit.add",
    ]


async def test_a_blob_crosses_each_layer_once(app: App, recorder: Recorder) -> None:
    content = b"layer"
    target = f"/v2/a/blobs/uploads/?digest={Digest.of(content)}"
    with recorder.recording():
        assert await ask(app, "POST", target, content) == 201
    assert [name for name in recorder.between("api", "registry") if name[0].islower()] == [
        "start",
        "finish",
    ]
    [transaction] = [
        name for name in recorder.between("registry", "storage") if name.endswith(".write")
    ]
    assert recorder.between("storage", "registry") == ["state", "add"]
    assert transaction.endswith("Metadata.write")
    # Bytes are pulled from the request as the disk takes them; nothing else goes up.
    assert_only_downwards(recorder, Crossing("storage", "api", "Request.chunks"))
