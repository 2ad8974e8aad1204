"""Real repositories, made by git itself: one product with gitflow, and its clones."""

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Self

ENVIRON = {
    "PATH": os.environ["PATH"],
    "HOME": "/nonexistent",
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_CONFIG_SYSTEM": "/dev/null",
    "GIT_AUTHOR_NAME": "A",
    "GIT_AUTHOR_EMAIL": "a@example.com",
    "GIT_COMMITTER_NAME": "A",
    "GIT_COMMITTER_EMAIL": "a@example.com",
    "GIT_AUTHOR_DATE": "2026-01-02T03:04:05+00:00",
    "GIT_COMMITTER_DATE": "2026-01-02T03:04:05+00:00",
}


class Repository:
    """A folder with git in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @classmethod
    def make(cls, folder: Path, branch: str = "master") -> Self:
        folder.mkdir(parents=True, exist_ok=True)
        made = cls(folder)
        made.git("init", "--quiet", f"--initial-branch={branch}")
        return made

    @property
    def url(self) -> str:
        """Its address; git clones a bare path with hard links and never shallowly."""
        return f"file://{self.folder}"

    def git(self, *arguments: str, environ: Mapping[str, str] | None = None) -> str:
        done = subprocess.run(
            ["git", *arguments],
            cwd=self.folder,
            env={**ENVIRON, **(environ or {})},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"git {' '.join(arguments)}\n{done.stderr}"
        return done.stdout.strip()

    def commit(self, message: str) -> str:
        (self.folder / "file").write_text(message)
        self.git("add", "file")
        self.git("commit", "--quiet", f"--message={message}")
        return self.head()

    def head(self) -> str:
        return self.git("rev-parse", "HEAD")

    def start(self, branch: str, base: str) -> None:
        self.git("switch", "--quiet", "--create", branch, base)

    def merge(self, branch: str, into: str) -> None:
        """Merge as gitflow does, with a commit of its own; conflicts are the branch's."""
        self.git("switch", "--quiet", into)
        self.git("merge", "--quiet", "--no-ff", "--strategy-option=theirs", branch)

    def release(self, branch: str, tag: str) -> None:
        """Finish a release or hotfix branch: merge, tag on master, merge back."""
        self.merge(branch, "master")
        self.git("tag", tag)
        self.merge(branch, "develop")
        self.git("branch", "--quiet", "--delete", "--force", branch)


def gitflow(folder: Path) -> Repository:
    """One product with a life: two releases, a hotfix, a candidate, an old line, a feature."""
    made = Repository.make(folder)
    made.commit("begin")
    made.start("develop", "master")
    made.commit("work")
    made.start("release/1.0", "develop")
    made.commit("prepare 1.0")
    made.release("release/1.0", "v1.0.5")
    made.start("hotfix/1.0.6", "master")
    made.commit("fix")
    made.release("hotfix/1.0.6", "v1.0.6")
    made.git("switch", "--quiet", "develop")
    made.commit("more work")
    made.start("release/2.0", "develop")
    made.commit("prepare 2.0")
    made.git("tag", "v2.0.0-rc.1")
    made.commit("mend 2.0")
    made.release("release/2.0", "v2.0.0")
    made.start("support/1.x", "v1.0.6")
    made.commit("backport")
    made.git("tag", "--annotate", "--message=an old line", "v1.0.7")
    made.start("feature/x", "develop")
    made.commit("a feature")
    made.start("hotfix/2.0.1", "master")
    made.commit("in progress")
    made.git("switch", "--quiet", "develop")
    return made
