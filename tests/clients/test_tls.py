"""Clients that talk TLS with the server itself, and trust its authority as docs/tls.md says."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.authority import Authority
from tests.clients.content import Layout
from tests.clients.engines import ENGINE_20, Engine
from tests.clients.tools import Cli, run, tool
from tests.serving import Server

PAGE = Path(__file__).parents[2] / "docs" / "tls.md"
TRUSTED_BY_DOCKER = Path("/etc/docker/certs.d")


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory, address: str) -> Authority:
    return Authority(tmp_path_factory.mktemp("tls") / "authority", address=address)


@pytest.fixture(scope="module")
def address(bridge: tuple[str, str]) -> str:
    """Return an address of this machine that is not loopback, where Docker verifies nothing."""
    return bridge[1]


@pytest.fixture(scope="module")
def secure(authority: Authority, address: str) -> Iterator[Server]:
    pair = authority.issue()
    options = ["--tls-cert", str(pair.certificate), "--tls-key", str(pair.key)]
    root = authority.folder / "data"
    with Server(
        root,
        address=address,
        options=[*options, "--anonymous", "open"],
        context=authority.context(),
    ) as server:
        yield server


@pytest.fixture
def trusted(authority: Authority, secure: Server) -> Iterator[None]:
    """Docker trusts the authority, by the file that the page names."""
    named = "/etc/docker/certs.d/registry.example.com:5000/ca.crt"
    assert f"`{named}`" in PAGE.read_text()
    folder = TRUSTED_BY_DOCKER / secure.host
    folder.mkdir(parents=True)
    shutil.copy(authority.file, folder / "ca.crt")
    yield
    shutil.rmtree(folder)


def build(engine: Engine, image: str, context: Path) -> None:
    (context / "part").write_bytes(os.urandom(12 << 20))
    (context / "Dockerfile").write_text("FROM scratch\nCOPY part /\n")
    engine.docker("build", "--tag", image, context)


@ENGINE_20
@pytest.mark.usefixtures("trusted")
def test_docker_pushes_and_pulls(engine: Engine, secure: Server, tmp_path: Path) -> None:
    image = f"{secure.host}/docker"
    build(engine, image, tmp_path)
    engine.docker("push", image)
    engine.docker("rmi", "--force", image)
    assert "Digest: sha256:" in engine.docker("pull", image)


@ENGINE_20
def test_docker_does_not_talk_to_whom_it_does_not_trust(
    engine: Engine, secure: Server, tmp_path: Path
) -> None:
    image = f"{secure.host}/untrusted"
    build(engine, image, tmp_path)
    with pytest.raises(AssertionError, match="x509: certificate signed by unknown authority"):
        engine.docker("push", image)


def test_curl_trusts_the_authority_that_it_is_told(secure: Server, authority: Authority) -> None:
    curl = tool("/usr/bin/curl")
    assert run(curl, "--silent", "--cacert", authority.file, f"{secure.url}/readyz") == "ready\n"
    with pytest.raises(AssertionError, match="ended with 60"):
        run(curl, "--silent", f"{secure.url}/readyz")


@pytest.mark.usefixtures("index")
def test_crane_trusts_the_authority_that_it_is_told(
    secure: Server, authority: Authority, home: dict[str, str], layout: Layout
) -> None:
    trusting = Cli("crane", {**home, "SSL_CERT_FILE": str(authority.file)})
    image = f"{secure.host}/crane:multi"
    trusting("push", "--index", layout.path, image)
    assert trusting("validate", "--remote", image) == f"PASS: {image}"
    with pytest.raises(AssertionError, match="x509: certificate signed by unknown authority"):
        Cli("crane", home)("validate", "--remote", image)
