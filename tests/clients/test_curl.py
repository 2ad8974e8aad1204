"""curl, and what a browser sends: a name and a password with each request, or a token.

Shows the protocol's own words where programs hide them: challenges, scopes, what a mount answers,
and that a token is looked at when a request begins and not after.
"""

import json
import os
import subprocess
import time
from pathlib import Path

import pytest

from longshore.oci.scope import Scope
from tests.clients.accounts import ALICE, BOB, ROBOT, Secured
from tests.clients.content import Descriptor, Layout, digest_of
from tests.clients.tools import PATIENCE, Cli, tool

CURL = "/usr/bin/curl"
DIGEST = f"sha256:{'0' * 64}"
HEAD_ONLY = ("--output", "/dev/null", "--dump-header", "-")


@pytest.fixture
def curl(own_home: dict[str, str]) -> Cli:
    return Cli(CURL, own_home, ("--silent", "--show-error"))


@pytest.fixture
def pushed(layout: Layout, word: str) -> Descriptor:
    """Return an image that no other test has."""
    return layout.image({"message": word.encode() * 1000})


def user(server: Secured, name: str) -> tuple[str, str]:
    return "--user", f"{name}:{server.passwords[name]}"


def header(said: str, name: str) -> str:
    """Return a header that curl printed."""
    lines = [line.partition(": ") for line in said.splitlines()]
    (value,) = [value for key, _, value in lines if key.lower() == name]
    return value


def test_basic(
    curl: Cli, secured: Secured, layout: Layout, pushed: Descriptor, word: str, tmp_path: Path
) -> None:
    secured.repository(f"team/{word}").push(layout, pushed, "1")
    for digest, content in layout.tree(pushed).items():
        kind = "manifests" if digest == pushed["digest"] else "blobs"
        url = f"{secured.server.url}/v2/team/{word}/{kind}/{digest}"
        curl("--fail", *user(secured, ALICE), "--output", tmp_path / "got", url)
        assert (tmp_path / "got").read_bytes() == content
        assert "401" in curl.fail("--fail", url)
        assert "403" in curl.fail("--fail", *user(secured, BOB), url)


def test_push_with_a_robots_secret_alone(curl: Cli, secured: Secured, tmp_path: Path) -> None:
    """As a Bearer, which needs no name."""
    content = os.urandom(100_000)
    (tmp_path / "blob").write_bytes(content)
    bearer = ("--oauth2-bearer", secured.passwords[ROBOT])
    url = f"{secured.server.url}/v2/team/app/blobs/uploads/?digest={digest_of(content)}"
    curl("--fail", *bearer, "--data-binary", f"@{tmp_path / 'blob'}", url)
    assert secured.repository("team/app").has("blobs", digest_of(content))


@pytest.mark.parametrize("path", ["/v2/", "/v2/team/none/tags/list"])
def test_a_browser_is_asked_for_a_password(curl: Cli, secured: Secured, path: str) -> None:
    """Programs are told where to get a token, and nothing of passwords."""
    url = f"{secured.server.url}{path}"
    browser = ("--header", "Accept: text/html,application/xhtml+xml,*/*;q=0.8")
    asked = header(curl(*HEAD_ONLY, *browser, url), "www-authenticate")
    assert asked == 'Basic realm="Longshore", charset="UTF-8"'
    told = header(curl(*HEAD_ONLY, url), "www-authenticate")
    assert told.startswith(f'Bearer realm="{secured.server.url}/token",service="{secured.host}"')


def test_a_browser_that_has_one_sees_lists(curl: Cli, secured: Secured) -> None:
    browser = ("--header", "Accept: text/html")
    listed = curl("--fail", *browser, *user(secured, ALICE), f"{secured.server.url}/v2/_catalog")
    assert json.loads(listed)["repositories"] is not None


def token(curl: Cli, server: Secured, name: str, *scopes: str) -> str:
    """Return a token as programs ask for it."""
    login = user(server, name) if name else ()
    asked = [word for scope in scopes for word in ("--data-urlencode", f"scope={scope}")]
    service = ("--get", "--data-urlencode", f"service={server.host}")
    said = curl("--fail", *login, *service, *asked, f"{server.server.url}/token")
    given: str = json.loads(said)["token"]
    return given


def test_a_mount_from_what_may_not_be_read_begins_an_upload(
    curl: Cli, secured: Secured, layout: Layout, pushed: Descriptor, word: str
) -> None:
    """Whether it is there, is not there, or was not asked for with the token: all alike."""
    for name in (f"secret/{word}", f"public/{word}"):
        secured.repository(name).push(layout, pushed, "1")
    digest = next(iter(layout.tree(pushed).keys() - {pushed["digest"]}))
    own = token(curl, secured, ALICE, f"repository:team/{word}:pull,push")
    both = token(
        curl, secured, ALICE,
        f"repository:team/{word}:pull,push", f"repository:public/{word}:pull",
    )  # fmt: skip
    for bearer, source, status in (
        (own, f"secret/{word}", "202"),
        (own, "secret/not-there", "202"),
        (own, f"public/{word}", "202"),
        (both, f"secret/{word}", "202"),
        (both, f"public/{word}", "201"),
    ):
        said = curl(
            "--oauth2-bearer", bearer, *HEAD_ONLY, "--request", "POST",
            f"{secured.server.url}/v2/team/{word}/blobs/uploads/?mount={digest}&from={source}",
        )  # fmt: skip
        assert said.split()[1] == status, (source, said)


@pytest.mark.parametrize("name", ["", BOB])
def test_what_will_be_refused_is_not_sent(
    curl: Cli, secured: Secured, word: str, name: str, tmp_path: Path
) -> None:
    """A client that asks with Expect: 100-continue is told before it sends a byte (trap U17)."""
    (tmp_path / "blob").write_bytes(os.urandom(8 << 20))
    login = user(secured, name) if name else ()
    sent = curl(
        *login, "--output", "/dev/null", "--write-out", "%{http_code} %{size_upload}",
        "--header", "Expect: 100-continue", "--expect100-timeout", "60",
        "--data-binary", f"@{tmp_path / 'blob'}",
        f"{secured.server.url}/v2/team/{word}/blobs/uploads/?digest={DIGEST}",
    )  # fmt: skip
    assert sent == f"{403 if name else 401} 0"


def test_a_token_is_looked_at_when_a_request_begins(curl: Cli, secured: Secured, word: str) -> None:
    """A body may come for longer than its token lasts (trap A6); the next request needs another."""
    content = os.urandom(1 << 20)
    upload = f"{secured.server.url}/v2/team/{word}/blobs/uploads/"
    begun = curl(*user(secured, ALICE), *HEAD_ONLY, "--request", "POST", upload)
    place = f"{secured.server.url}{header(begun, 'location')}"
    scope = Scope("repository", f"team/{word}", frozenset({"pull", "push"}))
    short = secured.accounts.token(ALICE, (scope,), lifetime=5)
    sending = subprocess.Popen(
        [
            tool(CURL), "--silent", "--oauth2-bearer", short, "--request", "PATCH",
            "--header", "Content-Type: application/octet-stream",
            "--header", "Expect:", "--upload-file", "-", *HEAD_ONLY, place,
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )  # fmt: skip
    assert sending.stdin is not None
    sending.stdin.write(content[:500_000])
    sending.stdin.flush()
    wait_until_refused(curl, short, place)
    said, _ = sending.communicate(content[500_000:], timeout=PATIENCE)
    assert b"202 Accepted" in said
    refused = curl("--oauth2-bearer", short, *HEAD_ONLY, "--request", "PUT", f"{place}?digest=x")
    assert "401 Unauthorized" in refused
    assert 'error="invalid_token"' in header(refused, "www-authenticate")

    end = f"{place}?digest={digest_of(content)}"
    curl("--fail", *user(secured, ALICE), "--request", "PUT", end)
    assert secured.repository(f"team/{word}").has("blobs", digest_of(content))


def wait_until_refused(curl: Cli, bearer: str, url: str) -> None:
    """Return once a request with this token is told that it is not good any more."""
    deadline = time.monotonic() + PATIENCE
    while "401 Unauthorized" not in curl("--oauth2-bearer", bearer, *HEAD_ONLY, url):
        assert time.monotonic() < deadline
