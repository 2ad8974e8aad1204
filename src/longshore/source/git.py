"""Git, asked: the program is run in a folder, and its refusals become sentences.

Decides how git is called, and what to do about what it refuses. Nothing is written, nothing is
fetched. Five questions need no library.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Mapping
from pathlib import Path

from longshore.source.errors import NoRepository, SourceError

# Messages in the language that they are compared in; and a question takes no locks.
_ENVIRONMENT = {"LC_ALL": "C", "GIT_OPTIONAL_LOCKS": "0"}
_SETTINGS = ("-c", "core.quotePath=false", "-c", "log.showSignature=false")
_TRUST = re.compile(r"git config --global --add safe\.directory .+")


class Git:
    """The git of one folder."""

    def __init__(self, folder: Path, environ: Mapping[str, str]) -> None:
        self.folder = folder
        self._environment = {**environ, **_ENVIRONMENT}

    def ask(self, *question: str) -> str:
        """What git answers; raises SourceError, NoRepository if there is none."""
        return self._answer(question, self._run(question))

    def find(self, *question: str) -> str | None:
        """As `ask`, and None where the answer is no: git says that with code 1."""
        done = self._run(question)
        return None if done.returncode == 1 else self._answer(question, done)

    def _answer(self, question: tuple[str, ...], done: subprocess.CompletedProcess[str]) -> str:
        if done.returncode:
            raise self._refusal(question[0], done.stderr.strip())
        return done.stdout.rstrip("\n")

    def _run(self, question: tuple[str, ...]) -> subprocess.CompletedProcess[str]:
        try:
            return subprocess.run(
                ["git", *_SETTINGS, *question],
                cwd=self.folder,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                encoding="utf-8",
                errors="replace",
                check=False,
            )
        except FileNotFoundError:
            raise NoRepository(
                "git is not installed: install it, or say --branch or --version"
            ) from None

    def _refusal(self, command: str, message: str) -> SourceError:
        if "not a git repository" in message:
            return NoRepository(
                f"{self.folder} is in no git repository: go to a checkout, or `git init` one, or"
                " say --branch or --version"
            )
        trust = _TRUST.search(message)
        if trust:
            return SourceError(
                f"git does not trust {self.folder}, which is another user's: `{trust[0]}`"
            )
        return SourceError(f"git {command}: {message or 'it failed without a word'}")
