"""Docker Engine 20.10 and the current one against a registry with accounts.

Who logs in, what is kept of the login, what then works, and how what does not work is told. The
engines ask for tokens differently, and mount layers from where they have seen them before.
"""

import json
import os
import shutil
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.clients.accounts import (
    ALICE,
    BOB,
    CAROL,
    PASSWORDS,
    ROBOT,
    Accounts,
    Secured,
    secured_server,
)
from tests.clients.content import Descriptor, Layout, tar
from tests.clients.engines import Engine, in_turn
from tests.clients.relay import Relay
from tests.clients.tools import PATIENCE, tool
from tests.serving import Server

CAT = 'CMD ["/bin/busybox", "cat", "/message"]'
# A client that is refused asks for a token, perhaps again, and ends; one that loops does not.
FEW = 12  # requests


@pytest.fixture
def docker(engine: Engine) -> Iterator[Engine]:
    """Return each engine in turn, which knows no login."""
    yield engine
    shutil.rmtree(engine.folder / "config", ignore_errors=True)


@pytest.fixture
def public(secured: Secured, layout: Layout, word: str) -> Descriptor:
    """Return what the owner pushed to public/<word>:1 and team/<word>:1."""
    busybox = tool("/usr/bin/busybox").read_bytes()
    described = layout.image({"bin/busybox": busybox, "message": b"for all"})
    for name in (f"public/{word}", f"team/{word}"):
        secured.repository(name).push(layout, described, "1")
    return described


def make(engine: Engine, image: str, message: str) -> None:
    """Make an image that prints its message."""
    busybox = tool("/usr/bin/busybox").read_bytes()
    files = tar({"bin/busybox": busybox, "message": message.encode()})
    engine.docker("import", "--change", CAT, "-", image, given=files)


def log_in(engine: Engine, server: Secured, name: str) -> None:
    said = engine.docker(
        "login", "--username", name, "--password-stdin", server.host,
        given=server.passwords[name].encode(),
    )  # fmt: skip
    assert "Login Succeeded" in said


def kept(engine: Engine) -> dict[str, dict[str, str]]:
    """Return what the docker command keeps of logins, by host."""
    config = engine.folder / "config" / "config.json"
    logins: dict[str, dict[str, str]] = json.loads(config.read_text()).get("auths", {})
    return logins


def test_login_push_pull_run_logout(docker: Engine, secured: Secured, word: str) -> None:
    image = f"{secured.host}/team/{word}:1"
    repository = secured.repository(f"team/{word}")
    log_in(docker, secured, ALICE)
    make(docker, image, "hello")
    pushed = docker.docker("push", image)
    digest = repository.digest("1")
    assert f"digest: {digest}" in pushed
    content = repository.tree("1")
    docker.docker("rmi", "--force", image)
    assert f"Digest: {digest}" in docker.docker("pull", image)
    assert docker.run(image) == "hello"
    assert repository.tree(digest) == content

    docker.docker("logout", secured.host)
    assert secured.host not in kept(docker)
    docker.docker("rmi", "--force", image)
    for refused in (("pull", image), ("pull", f"{secured.host}/team/{word}@{digest}")):
        assert "denied" in docker.fail(*refused)


def test_a_token_is_kept_in_place_of_the_password(docker: Engine, secured: Secured) -> None:
    log_in(docker, secured, ALICE)
    login = kept(docker)[secured.host]
    assert login["identitytoken"].startswith("lsf_")
    config = docker.folder / "config" / "config.json"
    assert secured.passwords[ALICE] not in config.read_text()
    assert login.get("auth", "") in {"", "YWxpY2U6"}  # "alice:"


def test_a_disabled_account(docker: Engine, strict: Secured, word: str) -> None:
    """It is out with its next request, and in again without a login when it is enabled."""
    image = f"{strict.host}/team/{word}:1"
    log_in(docker, strict, ALICE)
    make(docker, image, "hello")
    docker.docker("push", image)
    strict.accounts.enable(ALICE, is_enabled=False)
    said = docker.fail("pull", image)
    assert "log in again" in said or "Please login" in said
    strict.accounts.enable(ALICE, is_enabled=True)
    docker.docker("pull", image)


def test_wrong_password(docker: Engine, strict: Secured) -> None:
    said = docker.fail(
        "login", "--username", ALICE, "--password-stdin", strict.host, given=b"guessed"
    )
    assert "unauthorized" in said
    assert "wrong name, password or token" in said
    assert len(strict.requests("/")) <= FEW


def test_public_without_login(
    docker: Engine, secured: Secured, public: Descriptor, word: str
) -> None:
    """Trap A1: the engine decides at /v2/ alone whether it will ever show who it is."""
    for reference in (f"{word}:1", f"{word}@{public['digest']}"):
        said = docker.docker("pull", f"{secured.host}/public/{reference}")
        assert f"Digest: {public['digest']}" in said
    assert docker.run(f"{secured.host}/public/{word}:1") == "for all"


@pytest.mark.usefixtures("public")
def test_private_without_login(docker: Engine, secured: Secured, word: str) -> None:
    """What is there and what is not are refused in the same words."""
    said = {}
    for name in (f"team/{word}", f"team/{word}-not-there"):
        said[name] = docker.fail("pull", f"{secured.host}/{name}:1")
        assert "denied" in said[name]
        assert len(secured.requests(f"/v2/{name}/")) <= FEW
    first, second = said.values()
    assert first == second.replace("-not-there", "")


@pytest.mark.usefixtures("public")
def test_push_without_login(docker: Engine, secured: Secured, word: str) -> None:
    """Who may pull as anybody, and may not push, is told to log in."""
    image = f"{secured.host}/public/{word}:2"
    make(docker, image, "mine")
    assert "denied" in docker.fail("push", image)
    assert secured.repository(f"public/{word}").tags() == ["1"]
    assert len(secured.requests(f"/v2/public/{word}/")) <= FEW + 6  # pushed to by the owner


@in_turn("name", [BOB, CAROL])
def test_push_without_right(docker: Engine, secured: Secured, word: str, name: str) -> None:
    image = f"{secured.host}/team/{word}:1"
    log_in(docker, secured, name)
    make(docker, image, "mine")
    said = docker.fail("push", image)
    assert f"{name} may not p" in said
    assert f" team/{word}" in said
    asked = secured.requests(f"/v2/team/{word}/")
    assert len(asked) <= FEW
    assert not [each for each in asked if each.endswith((" 201", " 202"))]


@pytest.mark.usefixtures("public")
def test_mount_from_what_may_be_read(docker: Engine, secured: Secured, word: str) -> None:
    log_in(docker, secured, ALICE)
    source, target = f"{secured.host}/public/{word}:1", f"{secured.host}/team/{word}-2:1"
    docker.docker("pull", source)
    docker.docker("tag", source, target)
    docker.docker("push", target)
    asked = secured.requests(f"/v2/team/{word}-2/blobs/uploads/")
    assert "POST 201" in asked
    mounted = secured.repository(f"team/{word}-2").tree("1")
    there = secured.repository(f"public/{word}").tree("1")
    assert {d: b for d, b in there.items() if len(b) > 4096}.items() <= mounted.items()


def test_mount_from_what_may_not_be_read(docker: Engine, secured: Secured, word: str) -> None:
    """Trap U11: 202, never 403; then the layer is uploaded, and all of it is there."""
    source, target = f"{secured.host}/secret/{word}:1", f"{secured.host}/team/{word}:1"
    log_in(docker, secured, BOB)
    make(docker, source, f"kept apart from {word}")
    docker.docker("push", source)
    log_in(docker, secured, ALICE)
    docker.docker("tag", source, target)
    docker.docker("push", target)
    asked = secured.requests(f"/v2/team/{word}/")
    assert "POST 202" in asked
    assert "POST 201" not in asked
    assert not [each for each in asked if each.endswith((" 403", " 500"))]
    assert secured.repository(f"team/{word}").tree("1") == secured.repository(
        f"secret/{word}"
    ).tree("1")


def test_robot(docker: Engine, secured: Secured, word: str) -> None:
    image = f"{secured.host}/team/app:{word[:100]}"
    log_in(docker, secured, ROBOT)
    make(docker, image, "built")
    docker.docker("push", image)
    docker.docker("rmi", "--force", image)
    docker.docker("pull", image)
    assert docker.run(image) == "built"
    other = f"{secured.host}/team/{word}:1"
    docker.docker("tag", image, other)
    assert "ci may not" in docker.fail("push", other)


def test_login_to_an_open_registry(docker: Engine, registry: Server, word: str) -> None:
    """Nobody asks who it is, so whoever says it is taken at their word."""
    said = docker.docker(
        "login", "--username", ALICE, "--password-stdin", registry.host, given=b"anything"
    )
    assert "Login Succeeded" in said
    image = f"{registry.host}/clients/{word}:1"
    make(docker, image, "hello")
    docker.docker("push", image)
    docker.docker("rmi", "--force", image)
    docker.docker("pull", image)
    assert docker.run(image) == "hello"


def test_from_open_to_secured(docker: Engine, tmp_path: Path) -> None:
    """The first account closes a running registry: the next push asks to log in."""
    with Server(tmp_path / "data") as server:
        image = f"{server.host}/team/app:1"
        make(docker, image, "hello")
        docker.docker("push", image)
        accounts = Accounts(server.root)
        user = ("user", "add", ALICE, "--password-stdin")
        accounts.manage(*user, given=PASSWORDS[ALICE])
        docker.docker("tag", image, f"{image}.1")
        assert "denied" in docker.fail("push", f"{image}.1")
        assert "denied" in docker.fail("pull", image)
        accounts.manage("grant", "add", ALICE, "team/**", "push")
        docker.docker(
            "login", "--username", ALICE, "--password-stdin", server.host,
            given=PASSWORDS[ALICE].encode(),
        )  # fmt: skip
        docker.docker("push", f"{image}.1")
        docker.docker("rmi", "--force", image, f"{image}.1")
        docker.docker("pull", image)
        assert docker.run(image) == "hello"


@pytest.mark.soak
def test_a_push_that_takes_longer_than_a_token_lasts(
    docker: Engine, word: str, tmp_path: Path
) -> None:
    """Trap A6: a layer that is on its way goes on, and the engine asks for another token after."""
    with (
        secured_server(tmp_path / "server", "--token-lifetime", "60") as server,
        Relay(server.server.port) as relay,
        server.view(ALICE) as alice,
    ):
        image = f"{relay.host}/team/{word}:1"
        docker.docker(
            "login", "--username", ALICE, "--password-stdin", relay.host,
            given=server.passwords[ALICE].encode(),
        )  # fmt: skip
        files = tar({"random": os.urandom(24 << 20)})
        docker.docker("import", "-", image, given=files)
        with ThreadPoolExecutor(1) as pool:
            pushing = pool.submit(docker.docker, "push", image)
            assert relay.is_slow.wait(PATIENCE)
            # A token that is younger than that of the push.
            answer = alice.get(f"{server.server.url}/token").raise_for_status().json()
            wait_until_expired(server, answer["token"])
            assert not pushing.done()
            relay.release()
            said = pushing.result()
        assert f"digest: {server.repository(f'team/{word}').digest('1')}" in said
        docker.docker("rmi", "--force", image)
        docker.docker("pull", image)
        content = server.repository(f"team/{word}").tree("1")
        assert max(map(len, content.values())) > 24 << 20


def wait_until_expired(server: Secured, token: str) -> None:
    """Return once the token is not good for a request any more."""
    bearer = {"Authorization": f"Bearer {token}"}
    deadline = time.monotonic() + PATIENCE
    with server.view("") as anybody:
        while anybody.get("", headers=bearer).status_code != 401:
            assert time.monotonic() < deadline
            time.sleep(1)
