"""A Compose project on this machine: its folder, asked and changed through `docker compose` alone.

Decides where it is written which image a service runs: in an override that Compose reads by itself,
so that whoever types `docker compose up` there gets the same. Files that others wrote stay as they
are. Whoever changes the project holds its folder, and so does each `docker compose` until it ends,
even if it outlives who started it.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import subprocess
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from longshore.delivery.rollouts.execution import StepFailed, Unavailable
from longshore.engine.creation import FINGERPRINT
from longshore.engine.journal import save

DEFAULT = "compose.override.yaml"
NAMED = "compose.longshore.yaml"
"""The override of a project that has one of its own: it is there when somebody made it."""
OF_OTHERS = ("compose.override.yml", "docker-compose.override.yml", "docker-compose.override.yaml")

PATIENCE = 900  # seconds; a container may be slow to stop
BUSY = 60  # seconds for another `docker compose` to end
PAUSE = 0.1  # seconds between two looks whether it has
ANSWER_LIMIT = 2000  # characters

_HEAD = "# Kept by `longshore agent`: the image of each service. What is changed here is lost.\n"
_OPEN_TO_ALL = 0o644  # whoever may ask docker may read it
_INTERRUPTED = {130, 137, 143}  # 128 + SIGINT, SIGKILL, SIGTERM


class Declared(NamedTuple):
    """What the project says of a service."""

    project: str
    image: str


class Project:
    """The project in a folder."""

    def __init__(self, folder: Path, environ: Mapping[str, str]) -> None:
        self.folder = folder
        self._environ = {key: each for key, each in environ.items() if key != "PWD"}
        self._name = ""

    def look(self, service: str) -> Declared:
        """Raises Unavailable for what somebody has to put right in the project."""
        self._override()
        try:
            found = self._config(service)
        except StepFailed as problem:
            raise Unavailable(str(problem)) from None
        declared = found["services"][service]
        count = declared.get("scale") or (declared.get("deploy") or {}).get("replicas") or 1
        if int(count) > 1:
            raise Unavailable(
                f"{service} is to have {count} containers in {self.folder}: the agent replaces"
                " one; set its scale to 1"
            )
        return Declared(str(found["name"]), str(declared.get("image") or ""))

    def name(self, service: str) -> str:
        """As it was read last, which takes Compose a while; raises as `look` does."""
        return self._name or self.look(service).project

    def pinned(self, service: str) -> str:
        """The image that the override says; empty if none."""
        return str(self._pins().get(service, {}).get("image", ""))

    def pin(self, service: str, image: str, fingerprint: str) -> None:
        """Have it run an image; empty is none in particular. Raises Unavailable, and leaves the
        override as it was, where Compose does not read it."""
        with self._held():
            before = self._pins()
            others = {name: each for name, each in before.items() if name != service}
            if not image:
                self._write(others)
                return
            said: dict[str, Any] = {"image": image, "pull_policy": "missing"}
            if fingerprint:
                said["labels"] = {FINGERPRINT: fingerprint}
            self._write({**others, service: said})
            try:
                self._check(service, image)
            except (StepFailed, Unavailable) as problem:
                self._write(before)
                raise Unavailable(str(problem)) from None

    def up(self, services: tuple[str, ...], *, is_started: bool) -> None:
        """Make them what the project says; raises StepFailed, and Unavailable."""
        with self._held() as held:
            how = "--detach" if is_started else "--no-start"
            alone = ("--no-deps", "--no-build", "--pull", "never")
            self._compose("up", how, *alone, *services, held=held)

    def down(self, service: str) -> None:
        """Stop and remove its container; one that is not there is no matter."""
        with self._held() as held:
            self._compose("rm", "--stop", "--force", service, held=held)

    def _check(self, service: str, image: str) -> None:
        read = self._config(service)["services"][service].get("image")
        if read != image:
            raise Unavailable(
                f"Compose does not read {self._override()}: let COMPOSE_FILE in {self.folder}/.env"
                f" name it last, as in compose.yaml:{self._override().name}"
            )

    def _config(self, service: str) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self._compose("config", "--format", "json", service))
        self._name = str(found["name"])
        return found

    def _override(self) -> Path:
        """The file to write; raises Unavailable where the project has one that is not ours."""
        if (self.folder / NAMED).exists():
            return self.folder / NAMED
        default = self.folder / DEFAULT
        theirs = [self.folder / name for name in OF_OTHERS if (self.folder / name).exists()]
        if default.exists() and not default.read_text(encoding="utf-8").startswith(_HEAD):
            theirs.append(default)
        if theirs:
            raise Unavailable(
                f"{theirs[0]} is not the agent's: write `services: {{}}` to {self.folder / NAMED},"
                f" and COMPOSE_FILE=compose.yaml:{theirs[0].name}:{NAMED} to {self.folder}/.env"
            )
        return default

    def _pins(self) -> dict[str, dict[str, Any]]:
        override = self._override()
        try:
            text = override.read_text(encoding="utf-8")
        except FileNotFoundError:
            return {}
        if not text.startswith(_HEAD):
            return {}  # as somebody made it for us
        try:
            pins: dict[str, dict[str, Any]] = json.loads(text.removeprefix(_HEAD))["services"]
        except (ValueError, KeyError) as problem:
            raise Unavailable(
                f"{override} is not as the agent wrote it ({problem}): remove it"
            ) from None
        return pins

    def _write(self, pins: Mapping[str, object]) -> None:
        content = json.dumps({"services": pins}, indent=2)  # which is YAML, too
        save(self._override(), f"{_HEAD}{content}\n".encode(), _OPEN_TO_ALL)

    def _compose(self, *arguments: str, held: int | None = None) -> str:
        command = ["docker", "compose", "--ansi", "never", "--progress", "plain", *arguments]
        try:
            done = subprocess.run(
                command,
                cwd=self.folder,
                env=self._environ,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                encoding="utf-8",
                errors="replace",
                timeout=PATIENCE,
                check=False,
                pass_fds=() if held is None else (held,),
            )
        except OSError as problem:
            raise Unavailable(
                f"docker compose can not be run in {self.folder}: {problem}"
            ) from None
        except subprocess.TimeoutExpired:
            raise Unavailable(f"docker compose has not ended within {PATIENCE} s") from None
        if done.returncode < 0 or done.returncode in _INTERRUPTED:
            raise Unavailable("docker compose was ended by somebody")
        if done.returncode:
            said = done.stderr.strip()
            cause = said.rpartition("\n")[2] or f"it ended with {done.returncode}"
            raise StepFailed(f"docker compose {arguments[0]}: {cause}", said[-ANSWER_LIMIT:])
        return done.stdout

    @contextlib.contextmanager
    def _held(self) -> Iterator[int]:
        """A descriptor whose lock lasts until all who have it have ended."""
        descriptor = os.open(self.folder, os.O_RDONLY)
        try:
            self._lock(descriptor)
            yield descriptor
        finally:
            os.close(descriptor)

    def _lock(self, descriptor: int) -> None:
        deadline = time.monotonic() + BUSY
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() >= deadline:
                    raise Unavailable(
                        f"another docker compose of an agent is at work in {self.folder}"
                    ) from None
                time.sleep(PAUSE)
            else:
                return
