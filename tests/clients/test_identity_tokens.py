"""Keyless builds: an issuer says who a build is, and that alone lets it push.

A real issuer runs on loopback, with keys of its own. Docker Engines, crane, skopeo and curl give
its tokens as passwords; what is wrong with one is told in words that whoever wrote the build
understands.
"""

import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from longshore.registry.directory import Wanted
from tests.clients.accounts import Secured, secured_server
from tests.clients.content import Layout, tar
from tests.clients.dialects import Speaker
from tests.clients.engines import Engine
from tests.clients.tools import PATIENCE, Cli, tool
from tests.credentials.issuer import AUDIENCE, SUBJECT, Issuer

TRUST = "github"
CAT = 'CMD ["/bin/busybox", "cat", "/message"]'
HOUR = 3600  # seconds


@pytest.fixture
def issuer() -> Iterator[Issuer]:
    with Issuer() as issuer:
        yield issuer


@pytest.fixture
def server(issuer: Issuer, tmp_path: Path) -> Iterator[Secured]:
    """Return a server that lets builds of acme/app push to team/app, and do nothing else."""
    # Each worker asks the issuer, and counts failures, for itself.
    with secured_server(tmp_path / "server", "--workers", "1") as server:
        add_trust(server, TRUST, issuer, "repository=acme/app", "--grant", "team/app:push")
        yield server


def add_trust(server: Secured, name: str, issuer: Issuer, claim: str, *options: str) -> None:
    trusted = ("--issuer", issuer.url, "--audience", AUDIENCE, "--claim", claim)
    server.accounts.manage("trust", "add", name, *trusted, *options)


@pytest.fixture
def curl(own_home: dict[str, str]) -> Cli:
    return Cli("/usr/bin/curl", own_home, ("--silent", "--show-error", "--max-time", "60"))


def ask(curl: Cli, server: Secured, token: str, *options: str, name: str = "oidc") -> str:
    """Return what the token endpoint says to a build, status and all."""
    url = f"{server.server.url}/token?service={server.host}&scope=repository:team/app:pull,push"
    return curl(*options, "--include", "--user", f"{name}:{token}", url)


@pytest.fixture
def docker(engine: Engine) -> Iterator[Engine]:
    """Return each engine in turn, which knows no login."""
    yield engine
    shutil.rmtree(engine.folder / "config", ignore_errors=True)


def test_docker_pushes_as_a_build_and_is_told_what_is_wrong(
    docker: Engine, server: Secured, issuer: Issuer
) -> None:
    image = f"{server.host}/team/app:1"
    files = tar({"bin/busybox": tool("/usr/bin/busybox").read_bytes(), "message": b"built"})
    docker.docker("import", "--change", CAT, "-", image, given=files)
    login = ("login", "--username", "oidc", "--password-stdin", server.host)
    expired = issuer.token(iat=int(time.time()) - HOUR, exp=int(time.time()) - HOUR // 2)
    assert "it has expired" in docker.fail(*login, given=expired.encode())
    assert "Login Succeeded" in docker.docker(*login, given=issuer.token().encode())
    pushed = docker.docker("push", image)
    assert f"digest: {server.repository('team/app').digest('1')}" in pushed
    docker.docker("rmi", "--force", image)
    docker.docker("pull", image)
    assert docker.run(image) == "built"

    other = f"{server.host}/team/other:1"
    docker.docker("tag", image, other)
    assert f"{TRUST} may not" in docker.fail("push", other)
    (entry,) = server.accounts.audit(Wanted(action="push", outcome="done"))
    assert (entry.actor.name, entry.actor.identity) == (TRUST, SUBJECT)


@pytest.mark.parametrize("program", ["crane", "/usr/bin/skopeo"], ids=["crane", "skopeo"])
def test_programs_push_as_a_build(
    program: str,
    own_home: dict[str, str],
    server: Secured,
    issuer: Issuer,
    layout: Layout,
    tmp_path: Path,
) -> None:
    described = layout.image({"message": program.encode()})
    layout.tag("1", described)
    speaker = Speaker(program, Cli(program, own_home), server.host)
    speaker.log_in("oidc", issuer.token())
    image = f"{server.host}/team/app:1"
    speaker.say("push", layout=layout.path, image=image)
    assert server.repository("team/app").tree("1") == layout.tree(described)
    speaker.say("pull", image=image, out=tmp_path / "out")
    speaker.fail("push", layout=layout.path, image=f"{server.host}/team/other:1")
    speaker.fail("delete", image=image)
    assert server.repository("team/app").tree("1") == layout.tree(described)


def test_refusals_say_why(curl: Cli, server: Secured, issuer: Issuer) -> None:
    now = int(time.time())
    with Issuer() as stranger:
        refused = {
            "it has expired": issuer.token(iat=now - HOUR, nbf=now - HOUR, exp=now - HOUR // 2),
            "it is for another audience": issuer.token(aud="elsewhere"),
            "its claims are not those of any trust": issuer.token(repository="acme/other"),
            f"no trust of this registry is in {stranger.url}": stranger.token(),
        }
        for reason, token in refused.items():
            said = ask(curl, server, token)
            assert said.startswith("HTTP/1.1 401")
            assert reason in said
            assert token.rpartition(".")[2] not in said
        assert not stranger.fetches
    reasons = {one.detail["reason"] for one in server.accounts.audit(Wanted(outcome="refused"))}
    assert len(reasons) == len(refused)
    assert ask(curl, server, issuer.token()).startswith("HTTP/1.1 200")


def test_a_token_that_was_used_elsewhere(curl: Cli, server: Secured, issuer: Issuer) -> None:
    """A build logs in with each request, from one place; whoever stole its token is elsewhere."""
    token = issuer.token()
    for _ in range(2):
        assert ask(curl, server, token).startswith("HTTP/1.1 200")
    for name in ("oidc", TRUST):
        said = ask(curl, server, token, "--interface", "127.0.0.2", name=name)
        assert said.startswith("HTTP/1.1 401")
        assert "the identity token was used from elsewhere" in said
    assert ask(curl, server, token).startswith("HTTP/1.1 200")
    fresh = issuer.token()
    assert ask(curl, server, fresh, "--interface", "127.0.0.2").startswith("HTTP/1.1 200")


def test_a_token_for_a_single_use(curl: Cli, server: Secured, issuer: Issuer) -> None:
    add_trust(server, "once", issuer, "repository=acme/once", "--single-use")
    token = issuer.token(repository="acme/once")
    assert ask(curl, server, token).startswith("HTTP/1.1 200")
    said = ask(curl, server, token)
    assert said.startswith("HTTP/1.1 401")
    assert "the identity token was used before" in said


def test_an_issuer_that_is_down(curl: Cli, server: Secured, issuer: Issuer) -> None:
    """Before its keys are known, nobody is believed; afterwards builds go on."""
    issuer.fail()
    said = ask(curl, server, issuer.token())
    assert said.startswith("HTTP/1.1 401")
    assert "the issuer can not be asked for its keys" in said
    issuer.tell_the_truth()
    wait_until_let_in(curl, server, issuer)
    issuer.fail()
    assert ask(curl, server, issuer.token()).startswith("HTTP/1.1 200")


def test_new_keys_of_an_issuer(curl: Cli, server: Secured, issuer: Issuer) -> None:
    """They are asked for when a token is signed by one, and former ones are forgotten."""
    former = issuer.token()
    assert ask(curl, server, issuer.token()).startswith("HTTP/1.1 200")
    issuer.rotate()
    wait_until_let_in(curl, server, issuer)
    said = ask(curl, server, former)
    assert said.startswith("HTTP/1.1 401")
    assert "the issuer has no such key" in said


def wait_until_let_in(curl: Cli, server: Secured, issuer: Issuer) -> None:
    """Return once a new token is believed: an issuer is not asked again at once."""
    deadline = time.monotonic() + PATIENCE
    while not ask(curl, server, issuer.token()).startswith("HTTP/1.1 200"):
        assert time.monotonic() < deadline
        time.sleep(1)
