"""Whoever comes from registry:2 brings all images by the loop of the page, and the passwords."""

import os
import re
import shlex
import subprocess
from pathlib import Path

import bcrypt
import httpx

from longshore.server.config import Settings
from tests.cli.program import longshore
from tests.client.everything import Everything, views
from tests.client.registries import running
from tests.clients.content import INDEX, MANIFEST, Layout
from tests.docs.pages import DOCS, Page
from tests.forks import forks
from tests.serving import Server

PAGE = Page(DOCS / "coming-from-registry2.md")
REPOSITORIES = ["app", "team/app", "team/deeper/app"]


def listed(host: str) -> dict[str, dict[str, str]]:
    """The digest of each tag of each repository."""
    headers = {"Accept": f"{INDEX}, {MANIFEST}"}
    with httpx.Client(base_url=f"http://{host}/v2/", headers=headers) as http:
        return {
            name: {
                tag: http.head(f"{name}/manifests/{tag}").headers["docker-content-digest"]
                for tag in http.get(f"{name}/tags/list").json()["tags"]
            }
            for name in http.get("_catalog").json()["repositories"]
        }


def test_the_loop_brings_every_tag_of_every_repository(tmp_path: Path) -> None:
    [loop] = [each.text for each in PAGE.commands() if "longshore ls" in each.text]
    for folder in ("old", "new"):
        (tmp_path / folder).mkdir()
    everything = Everything(Layout(tmp_path / "everything"))
    with (
        running("registry-2.8", tmp_path / "old") as old,
        running("longshore", tmp_path / "new") as new,
    ):
        with views() as view:
            for name in REPOSITORIES:
                everything.push(view(f"{old}/{name}"))
        there = listed(old)
        assert sorted(there) == REPOSITORIES
        here = loop.replace("localhost:5001", old).replace("localhost:5000", new)
        environ = {**os.environ, "PATH": f"{forks().programs}:{os.environ['PATH']}"}
        for _ in range(2):  # again, for what came meanwhile, is no mistake
            subprocess.run(["bash", "-euc", here], env=environ, check=True)
            assert listed(new) == there


def test_the_file_of_passwords_lets_its_names_in(tmp_path: Path) -> None:
    """As registry:2 has it: bcrypt, by `htpasswd -B`."""
    [block] = [each for each in PAGE.blocks("sh") if "--htpasswd" in each]
    _, grant = block.splitlines()
    file = tmp_path / "htpasswd"
    hashed = bcrypt.hashpw(b"secret-of-dave", bcrypt.gensalt(4)).decode()
    file.write_text(f"dave:{hashed}\n")
    with Server(tmp_path / "data", options=["--htpasswd", str(file)]) as server:
        done = longshore(*shlex.split(grant)[1:], "--root", str(server.root))
        assert done.returncode == 0, done.stderr
        with httpx.Client(base_url=f"{server.url}/v2/") as http:
            begin = "team/app/blobs/uploads/"
            assert http.post(begin).status_code == 401
            assert http.post(begin, auth=("dave", "other")).status_code == 401
            assert http.post(begin, auth=("dave", "secret-of-dave")).status_code == 202


def test_every_setting_that_takes_the_place_of_another_exists() -> None:
    _, _, table = PAGE.text.partition("| registry:2 |")
    second = [line.split("|")[2] for line in table.partition("## ")[0].splitlines()[2:] if line]
    named = {word for cell in second for word in re.findall(r"`([a-z_]+)`", cell)}
    assert {"htpasswd", "tls_cert", "root"} <= named <= Settings.model_fields.keys()
