"""`longshore ls`, `inspect` and `diff`, as a user types them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.cli.program import longshore
from tests.clients.content import CONFIG, Layout
from tests.clients.remote import Repository
from tests.serving import Server

DOCKER_CONFIG = "application/vnd.docker.container.image.v1+json"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Return a registry with an index under two tags, one of which has another image since."""
    folder = tmp_path_factory.mktemp("ls")
    layout = Layout(folder / "layout")
    with (
        Server(folder / "data") as server,
        httpx.Client(base_url=f"{server.url}/v2/", timeout=60) as http,
    ):
        repository = Repository(http, "team/app")
        for tag in ("1.0", "1.1"):
            images = [labelled(layout, tag), layout.image({"same": b""}, architecture="arm64")]
            repository.push(layout, layout.index(images, annotations={"of": "all"}), tag)
        subject = {"mediaType": "application/x", "digest": repository.digest("1.0"), "size": 1}
        repository.push(layout, layout.artifact(b"s", "application/x.sig", subject=subject))
        yield server


def labelled(layout: Layout, tag: str) -> dict[str, object]:
    """An image that says its version, in a layer and in a label."""
    layer = layout.blob(f"layer of {tag}".encode(), "application/vnd.oci.image.layer.v1.tar")
    platform = {"os": "linux", "architecture": "amd64"}
    config = {
        **platform,
        "created": "2026-01-02T03:04:05Z",
        "config": {"Labels": {"version": tag}, "Cmd": ["run", "it"], "User": "app"},
    }
    described = layout.blob(json.dumps(config).encode(), CONFIG)
    return {**layout.manifest(described, [layer]), "platform": platform}


def test_ls_lists_repositories_and_tags(server: Server) -> None:
    assert longshore("ls", server.host).stdout == "team/app\n"
    assert longshore("ls", f"{server.host}/team/app").stdout == "1.0\n1.1\n"
    assert json.loads(longshore("ls", f"{server.host}/team/app", "--json").stdout) == ["1.0", "1.1"]
    done = longshore("ls", f"{server.host}/none")
    assert (done.returncode, done.stdout) == (1, "")
    missing = f"there is no {server.host}/none: `longshore ls {server.host}` lists repositories\n"
    assert done.stderr == f"longshore: {missing}"
    for words in (("inspect", "none:1.0"), ("inspect", "team/app:9"), ("diff", "none:1", "none:2")):
        done = longshore(*words, LONGSHORE_SERVER=server.host)
        assert done.returncode == 1
        assert done.stderr.startswith(f"longshore: there is no {server.host}/{words[1]}")


def test_names_without_a_host_are_of_the_teams_registry(server: Server) -> None:
    home = {"LONGSHORE_SERVER": f"http://{server.host}"}
    assert longshore("ls", **home).stdout == "team/app\n"
    assert longshore("ls", "team/app", **home).stdout == "1.0\n1.1\n"
    done = longshore("inspect", "team/app:1.0", **home)
    assert done.stdout.splitlines()[0] == f"Name        {server.host}/team/app:1.0"
    done = longshore("diff", "team/app:1.0", "team/app:1.1", **home)
    assert "linux/amd64: 0 bytes more" in done.stdout.splitlines()


def test_inspect_shows_each_platform(server: Server) -> None:
    done = longshore("inspect", f"{server.host}/team/app:1.0")
    assert (done.returncode, done.stderr) == (0, "")
    for line in (
        f"Name        {server.host}/team/app:1.0",
        "Media type  application/vnd.oci.image.index.v1+json",
        "Annotation  of=all",
        "Platform    linux/amd64",
        "  Created   2026-01-02T03:04:05Z",
        "  User        app",
        "  Cmd         run it",
        "  Label     version=1.0",
        "  Layers    1, 12 bytes",
        "Platform    linux/arm64",
    ):
        assert line in done.stdout.splitlines()
    assert "application/x.sig" in done.stdout.splitlines()[-1]


def test_inspect_shows_an_image_with_dockers_configuration(tmp_path: Path) -> None:
    layout = Layout(tmp_path / "layout")
    config = layout.blob(b'{"os": "linux", "architecture": "amd64"}', DOCKER_CONFIG)
    layout.tag("1.0", layout.manifest(config, []))
    done = longshore("inspect", f"{layout.path}:1.0")
    assert (done.returncode, done.stderr) == (0, "")
    assert "Platform    linux/amd64" in done.stdout.splitlines()


def test_inspect_as_json_has_all_of_it(server: Server) -> None:
    told = json.loads(longshore("inspect", f"{server.host}/team/app:1.0", "--json").stdout)
    raw = longshore("inspect", f"{server.host}/team/app:1.0", "--raw").stdout
    children = {each["digest"] for each in json.loads(raw)["manifests"]}
    assert {image["digest"] for image in told["images"]} == children
    first = told["images"][0]
    assert set(first) == {"digest", "platform", "created", "size", "layers", "config"}
    assert (first["platform"], first["size"]) == ("linux/amd64", 12)
    assert first["config"]["Labels"] == {"version": "1.0"}
    assert [each["artifactType"] for each in told["referrers"]] == ["application/x.sig"]
    assert set(told) == {
        "digest",
        "mediaType",
        "artifactType",
        "annotations",
        "images",
        "referrers",
    }


def test_diff_shows_what_has_changed(server: Server) -> None:
    done = longshore("diff", f"{server.host}/team/app:1.0", f"{server.host}/team/app:1.1")
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert "linux/amd64: 0 bytes more" in lines
    assert '- Labels {"version": "1.0"}' in lines
    assert '+ Labels {"version": "1.1"}' in lines
    assert len([line for line in lines if line.startswith(("- layer", "+ layer"))]) == 2
    assert lines[-1] == "linux/arm64: the same"


def test_diff_as_json_says_the_same(server: Server) -> None:
    words = ["diff", f"{server.host}/team/app:1.0", f"{server.host}/team/app:1.1", "--json"]
    told = json.loads(longshore(*words).stdout)
    assert not told["same"]
    amd64, arm64 = told["platforms"]
    assert amd64["config"] == {
        "Labels": {"before": {"version": "1.0"}, "after": {"version": "1.1"}}
    }
    assert [len(amd64[key]) for key in ("layers_removed", "layers_added")] == [1, 1]
    assert (arm64["platform"], arm64["same"], arm64["config"]) == ("linux/arm64", True, {})


def test_diff_of_the_same(server: Server) -> None:
    image = f"{server.host}/team/app:1.0"
    done = longshore("diff", image, image, "--exit-code")
    assert done.returncode == 4
    assert done.stdout.startswith("Both are sha256:")
    other = f"{server.host}/team/app:1.1"
    assert longshore("diff", image, other, "--exit-code").returncode == 0


def test_images_of_a_layout_are_looked_at_the_same_way(tmp_path: Path) -> None:
    layout = Layout(tmp_path / "layout")
    layout.tag("1.0", layout.image({"message": b"hello"}))
    done = longshore("inspect", str(layout.path))
    assert done.returncode == 0
    assert "Platform    linux/amd64" in done.stdout
