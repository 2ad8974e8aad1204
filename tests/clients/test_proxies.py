"""A server behind nginx and Caddy, set up by the words of docs/behind-a-proxy.md."""

import asyncio
import contextlib
import http.server
import json
import os
import ssl
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from longshore.api.subject import common_name
from longshore.delivery.environments import applying, deploying
from longshore.delivery.environments.environment import Environment
from longshore.delivery.rollouts.services import Service
from longshore.storage.sqlite import SQLiteMetadata
from tests.authority import Authority, Pair
from tests.clients.content import Descriptor, Layout, digest_of, read_layout, tagged
from tests.clients.engines import ENGINE_20, Engine
from tests.clients.proxies import Proxy, blocks, in_front
from tests.clients.tools import PATIENCE, Cli, run, tool
from tests.depth import IS_CI
from tests.serving import HOST, Server, free_port

# Bytes: either is more than any buffer or limit that a proxy begins with.
LARGE = (48 if IS_CI else 16) << 20
ELSEWHERE = "127.0.0.9"  # another address of this machine, which no setting trusts


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("proxies") / "authority")


@pytest.fixture(scope="module")
def pair(authority: Authority) -> Pair:
    return authority.issue("registry")


@pytest.fixture(scope="module", params=["nginx", "caddy"])
def proxied(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, pair: Pair
) -> Iterator[tuple[Proxy, Server]]:
    """Return each proxy in turn, and the server behind it."""
    name = request.param
    folder = tmp_path_factory.mktemp(name)
    port = free_port()
    url = f"https://localhost:{port}"
    options = ["--external-url", url, "--trusted-proxies", HOST]
    with (
        Server(folder / "data", options=options) as server,
        in_front(name, blocks(name)[0], pair, server.port, folder / name, port) as proxy,
    ):
        yield proxy, server


@pytest.fixture
def proxy(proxied: tuple[Proxy, Server]) -> Proxy:
    return proxied[0]


@pytest.fixture
def server(proxied: tuple[Proxy, Server]) -> Server:
    return proxied[1]


@pytest.fixture
def client(proxy: Proxy, authority: Authority) -> Iterator[httpx.Client]:
    """Return a client at another address than the proxy."""
    way = httpx.HTTPTransport(verify=authority.context(), local_address=ELSEWHERE)
    with httpx.Client(base_url=f"https://{proxy.host}", transport=way, timeout=60) as client:
        yield client


@pytest.fixture
def large(layout: Layout) -> Descriptor:
    """Return an image with a large layer in the layout, under the tag `large`."""
    described = layout.image({"message": os.urandom(LARGE)})
    layout.tag("large", described)
    return described


def test_crane_pushes_and_pulls(
    proxy: Proxy, home: dict[str, str], layout: Layout, large: Descriptor, authority: Authority
) -> None:
    crane = Cli("crane", {**home, "SSL_CERT_FILE": str(authority.file)})
    image = f"{proxy.host}/crane:large"
    crane("push", layout.path, image)
    pulled = layout.path.with_name("pulled")
    crane("pull", "--format", "oci", image, pulled)
    [digest] = tagged(pulled).values()
    assert read_layout(pulled, digest) == layout.tree(large)
    assert proxy.stored() == []


def test_curl_pushes_and_pulls(proxy: Proxy, tmp_path: Path, authority: Authority) -> None:
    content = os.urandom(LARGE)
    file, pulled = tmp_path / "blob", tmp_path / "pulled"
    file.write_bytes(content)
    url = f"https://{proxy.host}/v2/curl/blobs"
    digest = digest_of(content)
    curl, how = tool("/usr/bin/curl"), ("--silent", "--fail", "--cacert", authority.file)
    run(curl, *how, "--request", "POST", "-T", file, f"{url}/uploads?digest={digest}")
    run(curl, *how, "--output", pulled, f"{url}/{digest}")
    assert pulled.read_bytes() == content
    run(curl, *how, "--range", "1000-1999", "--output", pulled, f"{url}/{digest}")
    assert pulled.read_bytes() == content[1000:2000]


@ENGINE_20
def test_docker_pushes_and_pulls(proxy: Proxy, engine: Engine, tmp_path: Path) -> None:
    image = f"{proxy.host}/docker"
    (tmp_path / "message").write_bytes(os.urandom(LARGE))
    (tmp_path / "Dockerfile").write_text("FROM scratch\nCOPY message /\n")
    engine.docker("build", "--tag", image, tmp_path)
    engine.docker("push", image)
    engine.docker("rmi", "--force", image)
    engine.docker("pull", image)
    container = engine.docker("create", image, "none")
    engine.docker("cp", f"{container}:/message", tmp_path / "pulled")
    assert (tmp_path / "pulled").read_bytes() == (tmp_path / "message").read_bytes()
    engine.docker("rm", container)


def test_locations_have_no_host(client: httpx.Client) -> None:
    begun = client.post("/v2/where/blobs/uploads/")
    assert begun.status_code == 202
    assert begun.headers["Location"].startswith("/v2/where/blobs/uploads/")
    pushed = client.put(f"{begun.headers['Location']}?digest={digest_of(b'x')}", content=b"x")
    assert pushed.headers["Location"] == f"/v2/where/blobs/{digest_of(b'x')}"


def test_a_body_passes_as_it_comes(client: httpx.Client, authority: Authority) -> None:
    """The server writes of the first half before the client sends the second."""
    location = client.post("/v2/pace/blobs/uploads/").headers["Location"]
    half = os.urandom(8 << 20)  # more than is kept in memory anywhere on the way

    def body() -> Iterator[bytes]:
        yield half
        deadline = time.monotonic() + PATIENCE
        url = client.base_url.join(location)
        while httpx.get(url, verify=authority.context()).headers["Range"] == "0--1":
            assert time.monotonic() < deadline
        yield half

    length = {"Content-Length": str(2 * len(half))}
    assert client.patch(location, content=body(), headers=length).status_code == 202


def test_the_clients_address_is_logged_and_not_what_it_claims(
    client: httpx.Client, server: Server
) -> None:
    claims = {
        "X-Forwarded-For": "198.51.100.66",
        "Forwarded": "for=198.51.100.66",
        "X-Forwarded-Host": "evil.test",
    }
    answer = client.delete("/v2/a/manifests/v1", headers=claims)
    assert answer.status_code == 404
    event = logged(server, answer.headers["X-Request-Id"])
    assert event["address"] == ELSEWHERE


def logged(server: Server, request_id: str) -> dict[str, object]:
    deadline = time.monotonic() + PATIENCE
    while True:
        for line in server.log.read_text().splitlines():
            event: dict[str, object] = json.loads(line)
            if event.get("id") == request_id:
                return event
        assert time.monotonic() < deadline


class Recorder(http.server.BaseHTTPRequestHandler):
    """Keeps what a proxy says of the client's certificate."""

    said: list[list[str]]

    def do_GET(self) -> None:
        self.said.append(self.headers.get_all("X-Client-Cert-Subject", []))
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def recorder() -> Iterator[http.server.ThreadingHTTPServer]:
    Recorder.said = []
    with http.server.ThreadingHTTPServer((HOST, 0), Recorder) as upstream:
        threading.Thread(target=upstream.serve_forever).start()
        yield upstream
        upstream.shutdown()


def with_certificates(name: str) -> str:
    """What the page says of certificates of clients."""
    if name == "caddy":
        return blocks("caddy")[1]
    plain, more = blocks("nginx")
    *verifying, header = more.splitlines()
    started = plain.replace("    location", "\n".join([*verifying, "    location"]))
    return started.replace("        proxy_pass", f"    {header}\n        proxy_pass")


@pytest.mark.parametrize("name", ["nginx", "caddy"])
def test_a_proxy_tells_whom_a_certificate_names(
    name: str,
    recorder: http.server.ThreadingHTTPServer,
    authority: Authority,
    pair: Pair,
    tmp_path: Path,
) -> None:
    text, upstream = with_certificates(name), recorder.server_address[1]
    forged = {"X-Client-Cert-Subject": "CN=mallory"}
    alice = authority.issue("alice")
    with in_front(name, text, pair, upstream, tmp_path / name) as proxy:
        for client, subject in ((alice, "alice"), (None, None)):
            answer = httpx.get(
                f"https://{proxy.host}/", verify=authority.context(client), headers=forged
            )
            assert answer.status_code == 200
            said = Recorder.said.pop()
            assert [common_name(value) for value in said if value] == ([subject] if subject else [])
        stranger = Authority(tmp_path / "others").issue("bob")
        refused = is_refused(proxy, authority.context(stranger), forged)
        assert refused
        assert Recorder.said == []


def is_refused(proxy: Proxy, context: ssl.SSLContext, headers: dict[str, str]) -> bool:
    try:
        answer = httpx.get(f"https://{proxy.host}/", verify=context, headers=headers)
    except httpx.TransportError:
        return True
    return answer.status_code == 400


def test_who_waits_behind_a_proxy_is_told_at_once_and_told_in_time(
    server: Server, client: httpx.Client
) -> None:
    declare(server.root)
    path = "/api/v1/environments/staging/desired"
    known = client.get(path).json()["generation"]
    nothing = client.get(path, params={"generation": known, "wait": 2})
    assert (nothing.status_code, nothing.content) == (204, b"")

    told: list[httpx.Response] = []
    asked = {"generation": known, "wait": 50}
    waiting = threading.Thread(target=lambda: told.append(client.get(path, params=asked)))
    waiting.start()
    while waiting.is_alive():  # a change may come before the request has
        change(server.root)
        waiting.join(1)
    [reply] = told
    assert reply.status_code == 200
    assert reply.json()["generation"] > known


def declare(root: Path) -> None:
    environment = Environment("staging", (Service("web", "team/app"),))
    with contextlib.closing(SQLiteMetadata(root / "longshore.db", 0)) as metadata:
        asyncio.run(metadata.write(applying.apply, [environment]))


def change(root: Path) -> None:
    with contextlib.closing(SQLiteMetadata(root / "longshore.db", 0)) as metadata:
        asyncio.run(metadata.write(deploying.advance, "staging"))
