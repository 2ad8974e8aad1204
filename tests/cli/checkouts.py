"""A checkout with a project file, the images that were built from it, and a registry for them."""

import itertools
import json
import subprocess
from pathlib import Path
from typing import Any

import httpx

from longshore.registry.history import BRANCH_KEY, REVISION_KEY
from tests.cli.program import longshore_in
from tests.clients.content import MANIFEST, Layout
from tests.source.repository import Repository

_numbers = itertools.count(1)


class Checkout:
    """One product: `longshore` runs in its folder, and finds its image at this host."""

    def __init__(self, folder: Path, host: str) -> None:
        self.made = Repository.make(folder / "app", "develop")
        self.image = f"{host}/shop/app{next(_numbers)}"
        self.host = host
        (self.made.folder / "longshore.yaml").write_text(f"image: {self.image}\n")
        self.made.git("add", "longshore.yaml")
        self.made.commit("first")
        self._layout = Layout(folder / "layout")

    def say(self, rules: str) -> None:
        """Add to the project file, and commit it."""
        file = self.made.folder / "longshore.yaml"
        file.write_text(f"{file.read_text()}{rules}\n")
        self.made.git("commit", "--quiet", "--all", "--message=Say more")

    def build(self, **labels: str) -> str:
        """Make an image of the present commit, as no other image is; answers what to push."""
        number = next(_numbers)
        said = {REVISION_KEY: self.made.head(), BRANCH_KEY: self.branch} | labels
        described = self._layout.image({"message": f"{number}".encode()}, labels=said)
        self._layout.tag(f"build-{number}", described)
        return f"{self._layout.path}:build-{number}"

    @property
    def branch(self) -> str:
        return self.made.git("branch", "--show-current")

    def run(self, *arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
        return longshore_in(self.made.folder, *arguments, HOME="/nonexistent", **environ)

    def done(self, *arguments: str, **environ: str) -> dict[str, Any]:
        """The last event of a command that does not fail."""
        done = self.run(*arguments, "--json", **environ)
        assert done.returncode == 0, done.stderr
        last: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
        return last

    def tags(self) -> dict[str, str]:
        """The digests that all tags in the registry name now."""
        name = self.image.removeprefix(f"{self.host}/")
        base = f"http://{self.host}/v2/{name}/"
        with httpx.Client(base_url=base, headers={"Accept": MANIFEST}) as http:
            listed = http.get("tags/list")
            names = listed.json()["tags"] if listed.is_success else []
            replies = {tag: http.head(f"manifests/{tag}") for tag in names or ()}
            return {tag: reply.headers["docker-content-digest"] for tag, reply in replies.items()}
