"""Promotion to the registries that people have: of all there is, killed, begun again, refused."""

from __future__ import annotations

import contextlib
import json
import os
import signal
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from longshore.client.unfinished import LEAST
from tests.authority import Authority
from tests.cli.program import longshore, longshore_begun
from tests.client.everything import Everything, Views, attached_to
from tests.clients.accounts import ROBOT, Secured, secured_server
from tests.clients.content import CONFIG, LAYER, Descriptor, Layout
from tests.clients.proxies import in_front
from tests.clients.relay import Relay
from tests.clients.remote import Repository
from tests.serving import Server

HELPER = '#!/bin/sh\nread -r server\ncat "$(dirname "$0")/$server"\n'
SMALL = 200_000  # bytes of all requests of a promotion but the content itself


@dataclass(frozen=True)
class Target:
    """A registry to promote to; `keeps` says whether what was cut there can go on."""

    name: str
    host: str
    keeps: bool
    secret: str = ""

    def environ(self, home: Path, host: str | None = None) -> dict[str, str]:
        """An environment with its login: in docker's configuration, or with a helper."""
        host = host or self.host
        if not self.secret:
            return {"HOME": str(home)}
        config: dict[str, object] = {
            "auths": {host: {"auth": b64encode(f"{ROBOT}:{self.secret}".encode()).decode()}}
        }
        if self.name == "helper":
            config = {"credHelpers": {host: "vault"}}
            programs = home / "bin"
            programs.mkdir()
            kept = {"ServerURL": host, "Username": ROBOT, "Secret": self.secret}
            (programs / host).write_text(json.dumps(kept))
            (programs / "docker-credential-vault").write_text(HELPER)
            (programs / "docker-credential-vault").chmod(0o755)
        (home / "config.json").write_text(json.dumps(config))
        path = f"{home}/bin:/usr/bin:/bin"
        return {"HOME": str(home), "DOCKER_CONFIG": str(home), "PATH": path}


@pytest.fixture(scope="module")
def secured(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Secured]:
    with secured_server(tmp_path_factory.mktemp("secured") / "data") as server:
        yield server


@pytest.fixture(params=["registry_2", "registry_3", "auths", "helper"])
def target(request: pytest.FixtureRequest) -> Target:
    """Return each kind of target in turn; two of them need a robot's secret."""
    if request.param.startswith("registry"):
        host = request.getfixturevalue(request.param)
        return Target(request.param, host, keeps=request.param == "registry_3")
    server: Secured = request.getfixturevalue("secured")
    return Target(request.param, server.host, keeps=True, secret=server.passwords[ROBOT])


@pytest.fixture
def source(longshore_host: str, name: str) -> str:
    """Return the place that is promoted from."""
    return f"{longshore_host}/{name}"


@pytest.fixture
def public(target: Target, name: str, view: Views, request: pytest.FixtureRequest) -> Repository:
    """Return the repository to promote to, seen by its owner."""
    if not target.secret:
        return view(f"{target.host}/public/{name}")
    server: Secured = request.getfixturevalue("secured")
    return server.repository(f"team/app/{name}")


def large(layout: Layout, size: int) -> Descriptor:
    """An image with a layer of random bytes."""
    config = layout.blob(b"{}", CONFIG)
    return layout.manifest(config, [layout.blob(os.urandom(size), LAYER)])


def test_a_version_is_promoted_with_all_that_belongs_to_it_and_comes_back(
    target: Target,
    public: Repository,
    source: str,
    everything: Everything,
    view: Views,
    tmp_path: Path,
) -> None:
    everything.push(view(source))
    view(source).push(everything.layout, everything.index, "1.0.5")
    environ, place = target.environ(tmp_path), f"{target.host}/{public.name}"
    done = longshore("promote", f"{source}:1.0.5", place, **environ)
    digest = everything.index["digest"]
    assert (done.returncode, done.stdout) == (0, f"{place}:1.0.5@{digest}\n"), done.stderr
    assert longshore("copy", f"{place}:1.0.5", f"{source}/back", **environ).returncode == 0
    for arrived in (public, view(f"{source}/back")):
        assert arrived.digest("1.0.5") == digest
        assert arrived.tree("1.0.5") == everything.layout.tree(everything.index)
        for each in everything.attached:
            assert arrived.tree(each["digest"]) == everything.layout.tree(each)
        for tag, each in everything.cosign.items():
            assert arrived.tree(tag) == everything.layout.tree(each)
        assert len(attached_to(arrived, digest)) == 3
    again = longshore("promote", f"{source}:1.0.5", place, "--exit-code", **environ)
    assert again.returncode == 4


def test_sha512_is_promoted_where_there_is_sha512(
    target: Target, public: Repository, source: str, tmp_path: Path
) -> None:
    layout = Layout(tmp_path / "sha512", "sha512")
    index = layout.index([layout.image({"message": b"hello"})])
    layout.tag("1.0.5", index)
    place = f"{target.host}/{public.name}"
    longshore("push", str(layout.path), f"{source}:1.0.5")
    done = longshore("promote", f"{source}:1.0.5", place, **target.environ(tmp_path))
    if target.secret:
        assert done.stdout == f"{place}:1.0.5@{index['digest']}\n", done.stderr
        assert public.tree("1.0.5") == layout.tree(index)
    else:
        assert (done.returncode, done.stdout) == (1, "")
        assert "1.0.5" not in public.http.get(f"{public.name}/tags/list").text


def test_what_was_killed_goes_on_and_no_byte_goes_twice(
    target: Target, public: Repository, source: str, layout: Layout, tmp_path: Path
) -> None:
    image = large(layout, 24 * LEAST)
    layout.tag("1.0.5", image)
    assert longshore("push", str(layout.path), f"{source}:1.0.5").returncode == 0
    with Relay(int(target.host.partition(":")[2])) as relay:
        environ = target.environ(tmp_path, relay.host)
        words = ["promote", f"{source}:1.0.5", f"{relay.host}/{public.name}"]
        with contextlib.closing(longshore_begun(words, environ)) as process:
            assert relay.is_slow.wait(60)
            process.send_signal(signal.SIGKILL)
            process.wait(60)
        relay.settle()
        arrived = relay.taken
        assert "1.0.5" not in public.http.get(f"{public.name}/tags/list").text
        done = longshore(*words, **environ)
        assert done.returncode == 0, done.stderr
        taken = relay.taken
    assert LEAST < arrived < 24 * LEAST
    assert public.tree("1.0.5") == layout.tree(image)
    if target.keeps:
        assert taken < 24 * LEAST + SMALL
    else:
        assert taken - arrived < 24 * LEAST + SMALL  # once more, but the rest is there


def test_a_full_disk_leaves_the_old_tag(
    layout: Layout, source: str, tmp_path: Path, view: Views
) -> None:
    old, new = layout.image({"message": b"old"}), large(layout, 2 * LEAST)
    layout.tag("new", new)
    longshore("push", f"{layout.path}:new", source)
    with Server(tmp_path / "data") as server:
        view(f"{server.host}/app").push(layout, old, "latest")
    with Server(tmp_path / "data", options=("--free-space-floor", "8192TiB")) as server:
        done = longshore("promote", f"{source}:new", f"{server.host}/app:latest")
        assert done.returncode == 1
        assert "nearly full" in done.stderr
        assert view(f"{server.host}/app").digest("latest") == old["digest"]


def test_a_proxy_that_limits_bodies_gets_smaller_ones(
    layout: Layout, longshore_host: str, name: str, tmp_path: Path, view: Views
) -> None:
    image = large(layout, 5 * LEAST)
    layout.tag("1.0.5", image)
    settings = """\
server {
    listen 443;
    client_max_body_size 1m;
    location / {
        proxy_pass http://127.0.0.1:5000;
        proxy_set_header Host $http_host;
    }
}
"""
    port = int(longshore_host.partition(":")[2])
    pair = Authority(tmp_path / "authority").issue()
    with in_front("nginx", settings, pair, port, tmp_path / "nginx") as proxy:
        done = longshore("push", str(layout.path), f"{proxy.host}/{name}:1.0.5")
    assert done.returncode == 0, done.stderr
    assert view(f"{longshore_host}/{name}").tree("1.0.5") == layout.tree(image)
