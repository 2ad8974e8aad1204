"""What is not yours and what is not there are answered alike: nobody learns what others have.

Compared is the whole reply, but for what is another one each time; and, since a clock would tell
more about the machine than about the server, what is looked up before a caller is refused.
"""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from longshore.api.app import App
from longshore.delivery.ports import Metadata
from longshore.oci.digest import Digest
from longshore.registry import accounts, administration
from longshore.registry.secrets import Kind, new
from longshore.storage.filesystem import FilesystemBlobStore
from tests.api.conftest import sound
from tests.api.pushing import Repository
from tests.api.secured import BEHIND_A_PROXY, Asked, Secured, Signed, basic, bearer
from tests.api.test_crossing import Recorder, ask, make_app
from tests.api.wire import Reply
from tests.backends import HOUR, METADATA, Time
from tests.content import image, index
from tests.registry.granting import grant

MINE, THEIRS, NONE = "mine/app", "theirs/app", "theirs/not"
BLOB, LAYER, UNKNOWN = Digest.of(b"{}"), Digest.of(b"layer"), Digest.of(b"never pushed")
IMAGE = image(BLOB, LAYER)
SIGNATURE = index(subject=IMAGE.digest)
MANIFEST_TYPE = IMAGE.manifest.media_type

_OTHER_EACH_TIME = re.compile(
    r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"  # an upload
    r"|sha256:[0-9a-f]{64}"
    r'|(?<="token":")[^"]+|(?<="access_token":")[^"]+|(?<="issued_at":")[^"]+'
)


class Told(NamedTuple):
    status: int
    headers: list[tuple[str, str]]
    body: str


def told(reply: Reply) -> Told:
    """What a client is told, without what is another one each time."""

    def same(text: str) -> str:
        return _OTHER_EACH_TIME.sub("…", text.replace(THEIRS, "…").replace(NONE, "…"))

    left_out = {"date", "x-request-id"}
    headers = [
        (name.lower(), same(value))
        for name, value in reply.headers.items()
        if name.lower() not in left_out
    ]
    return Told(reply.status, sorted(headers), same(reply.content.decode("latin-1")))


@pytest.fixture(scope="module")
def secured(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Secured]:
    folder = tmp_path_factory.mktemp("existence")
    with sound(folder / "data", "--workers", "1", *BEHIND_A_PROXY) as server:
        secured = Secured(server)
        secured.add_user("alice", "mine:push,delete")
        secured.add_user("bob", "theirs:push,delete")
        secured.grant("anonymous", "public:pull")
        theirs = Repository(Signed(server.port, basic("bob")), THEIRS)
        theirs.push_image("v1")
        theirs.push(SIGNATURE)
        assert theirs.ask("GET", "tags/list").json()["tags"] == ["v1"]
        yield secured


@pytest.fixture(scope="module")
def upload(secured: Secured) -> str:
    """Return the id of an upload that is under way in another's repository."""
    begun = secured.ask(Asked("POST", f"/v2/{THEIRS}/blobs/uploads/"), basic("bob"))
    assert begun.status == 202
    return begun.header("Location").rpartition("/")[2]


def _callers(secured: Secured) -> dict[str, str | None]:
    everything = [f"repository:{name}:pull,push,delete" for name in (THEIRS, NONE)]
    return {
        "anonymous": None,
        "anonymous with a token": bearer(secured.token(None, *everything)),
        "alice": basic("alice"),
        "alice with a token": bearer(secured.token(basic("alice"), *everything)),
        "alice with a small token": bearer(secured.token(basic("alice"))),
        "who has invented a secret": bearer(new(Kind.ROBOT)),
    }


CALLERS = [
    "anonymous",
    "anonymous with a token",
    "alice",
    "alice with a token",
    "alice with a small token",
    "who has invented a secret",
]


def _ways(name: str, upload: str) -> Iterator[Asked]:
    """Every way to ask for something of a repository."""
    at = f"/v2/{name}"
    for method in ("GET", "HEAD", "DELETE"):
        for reference in ("v1", "v2", IMAGE.digest, UNKNOWN):
            yield Asked(method, f"{at}/manifests/{reference}")
        for digest in (BLOB, UNKNOWN):
            yield Asked(method, f"{at}/blobs/{digest}")
        yield Asked(method, f"{at}/blobs/uploads/{upload}")
    for method in ("GET", "HEAD"):
        yield Asked(method, f"{at}/tags/list")
        yield Asked(method, f"{at}/tags/list?n=1&last=a")
        yield Asked(method, f"{at}/referrers/{IMAGE.digest}")
    for reference in ("v1", IMAGE.digest):
        content = IMAGE.manifest.content
        yield Asked("PUT", f"{at}/manifests/{reference}", content, MANIFEST_TYPE)
    yield Asked("POST", f"{at}/blobs/uploads/")
    yield Asked("POST", f"{at}/blobs/uploads/?digest={BLOB}", b"{}")
    for query in (f"mount={BLOB}", f"mount={BLOB}&from={MINE}", f"mount={BLOB}&from={name}"):
        yield Asked("POST", f"{at}/blobs/uploads/?{query}")
    yield Asked("PATCH", f"{at}/blobs/uploads/{upload}", b"bytes")
    yield Asked("PUT", f"{at}/blobs/uploads/{upload}?digest={BLOB}", b"")
    for actions in ("pull", "pull,push", "*"):
        yield Asked("GET", f"/token?scope=repository:{name}:{actions}")


@pytest.mark.parametrize("caller", CALLERS)
def test_what_is_not_yours_is_as_what_is_not_there(
    caller: str, secured: Secured, upload: str
) -> None:
    header = _callers(secured)[caller]
    for there, not_there in zip(_ways(THEIRS, upload), _ways(NONE, upload), strict=True):
        one, other = (told(secured.ask(asked, header)) for asked in (there, not_there))
        assert one == other, there
        assert one.status in {401, 403} or there.target.startswith("/token")
        assert one.status != 200 or '"scope":""' in one.body


@pytest.mark.parametrize("caller", CALLERS)
def test_nothing_changes_for_who_has_it(caller: str, secured: Secured, upload: str) -> None:
    header = _callers(secured)[caller]
    for asked in _ways(THEIRS, upload):
        secured.ask(asked, header)
    theirs = Repository(Signed(secured.wire.port, basic("bob")), THEIRS)
    assert theirs.ask("GET", "manifests/v1").header("Docker-Content-Digest") == IMAGE.digest
    assert theirs.ask("GET", f"blobs/{BLOB}").content == b"{}"
    assert theirs.ask("GET", f"blobs/uploads/{upload}").header("Range") == "0--1"


@pytest.mark.parametrize("name", ["", "alice"])
def test_the_catalog_says_nothing_of_others(name: str, secured: Secured) -> None:
    header = bearer(secured.token(basic(name) if name else None, "registry:catalog:*"))
    for query in ("", "?n=1", "?last=theirs", f"?last={THEIRS[:-1]}"):
        reply = secured.ask(Asked("GET", f"/v2/_catalog{query}"), header)
        assert reply.status == 200
        assert THEIRS not in reply.json()["repositories"]
        assert reply.get("Link") is None


def compare(secured: Secured, form: Callable[[str], Asked], *values: str) -> Told:
    """Ask as alice with each of the values, and get one reply."""
    replies = [told(secured.ask(form(value), basic("alice"))) for value in values]
    assert replies[1:] == replies[:-1]
    return replies[0]


@pytest.mark.parametrize("digest", [LAYER, UNKNOWN])
def test_a_mount_tells_nothing_of_its_source(digest: Digest, secured: Secured) -> None:
    def mount(source: str) -> Asked:
        return Asked("POST", f"/v2/{MINE}/blobs/uploads/?mount={digest}&from={source}")

    reply = compare(secured, mount, THEIRS, NONE, MINE, "NO/NAME")
    assert reply.status == 202


def test_a_mount_from_anywhere_tells_nothing_of_what_others_have(secured: Secured) -> None:
    def mount(digest: str) -> Asked:
        return Asked("POST", f"/v2/{MINE}/blobs/uploads/?mount={digest}")

    assert compare(secured, mount, LAYER, UNKNOWN).status == 202
    head = secured.ask(Asked("HEAD", f"/v2/{MINE}/blobs/{LAYER}"), basic("alice"))
    assert head.status == 404


@pytest.mark.parametrize("token", [False, True])
def test_a_mount_needs_the_source_in_the_same_token(token: bool, secured: Secured) -> None:
    """The token is enough for the target; without the source in it, the client uploads."""
    secured.add_user(f"carol{token}", "theirs:pull", "carol:push")
    scopes = ["repository:carol/app:pull,push", *([f"repository:{THEIRS}:pull"] * token)]
    header = bearer(secured.token(basic(f"carol{token}"), *scopes))
    for source in (f"&from={THEIRS}", ""):
        asked = Asked("POST", f"/v2/carol/app/blobs/uploads/?mount={LAYER}{source}")
        assert secured.ask(asked, header).status == (201 if token else 202)


@pytest.mark.parametrize("method", ["GET", "PATCH", "PUT", "DELETE"])
def test_an_upload_of_others_is_as_one_that_never_was(
    method: str, secured: Secured, upload: str
) -> None:
    def use(identifier: str) -> Asked:
        body = None if method in {"GET", "DELETE"} else b"bytes"
        return Asked(method, f"/v2/{MINE}/blobs/uploads/{identifier}?digest={BLOB}", body)

    never = f"{upload[:-4]}0000"
    assert compare(secured, use, upload, never, "nonsense").status == 404


def test_a_manifest_tells_nothing_of_the_blobs_of_others(secured: Secured) -> None:
    def put(digest: str) -> Asked:
        content = image(Digest(digest)).manifest.content
        return Asked("PUT", f"/v2/{MINE}/manifests/v1", content, MANIFEST_TYPE)

    assert compare(secured, put, LAYER, UNKNOWN).status == 400


def test_a_name_tells_nothing_of_who_has_it(secured: Secured) -> None:
    def log_in(name: str) -> Told:
        return told(secured.ask(Asked("GET", "/token"), basic(name, "wrong")))

    assert log_in("bob") == log_in("nobody")


# Before a caller is refused, nothing of content is looked up.
CONTENT = ("Repositories", "Blobs", "Manifests", "Tags", "Garbage", "Statistics")


@pytest.fixture
def recorder() -> Iterator[Recorder]:
    recorder = Recorder()
    recorder.install()
    yield recorder
    recorder.remove()


@pytest.fixture(params=METADATA)
def metadata(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Metadata]:
    request.getfixturevalue("recorder")
    with METADATA[request.param](tmp_path, HOUR, Time()) as metadata:
        yield metadata


async def fill(metadata: Metadata, app: App) -> None:
    for digest, content in ((BLOB, b"{}"), (LAYER, b"layer")):
        assert (
            await ask(app, "POST", f"/v2/{THEIRS}/blobs/uploads/?digest={digest}", content) == 201
        )
    manifest = IMAGE.manifest
    target = f"/v2/{THEIRS}/manifests/v1"
    assert await ask(app, "PUT", target, manifest.content, manifest.media_type) == 201
    await metadata.write(accounts.add, "alice", "user")
    await metadata.write(administration.grant, grant("anonymous", "public:pull"))


@pytest.mark.parametrize(
    ("method", "rest"),
    [
        ("HEAD", f"blobs/{BLOB}"),
        ("GET", f"blobs/{BLOB}"),
        ("HEAD", "manifests/v1"),
        ("GET", f"manifests/{IMAGE.digest}"),
        ("GET", "tags/list"),
        ("GET", f"referrers/{IMAGE.digest}"),
        ("DELETE", "manifests/v1"),
        ("POST", f"blobs/uploads/?mount={BLOB}&from={THEIRS}"),
    ],
)
async def test_nothing_is_looked_up_for_who_is_refused(
    method: str, rest: str, metadata: Metadata, recorder: Recorder, tmp_path: Path
) -> None:
    store = FilesystemBlobStore(tmp_path)
    store.prepare()
    app = make_app(metadata, store, tmp_path)
    await fill(metadata, app)
    asked = []
    for name in (THEIRS, NONE):
        for _ in range(2):  # once not known, and once remembered
            recorder.crossings.clear()
            with recorder.recording():
                assert await ask(app, method, f"/v2/{name}/{rest}", b"") == 401
            asked.append(recorder.between("registry", "storage"))
            assert not [one for one in asked[-1] if one.startswith(CONTENT)]
    assert asked[1] == asked[2] == asked[3]
