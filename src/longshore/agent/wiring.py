"""An agent, put together: a server that says what is due, an engine that runs it, and a folder.

Decides what goes where, and who pulls: the agent itself, at its own server's registry, with its
secret, which the engine gets with each pull and keeps nowhere. Other registries are docker's.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from longshore.agent.asking import Server
from longshore.agent.folder import DueFile, SecretFiles
from longshore.agent.hooks import HookedExecutor, Hooks
from longshore.agent.logs import Listener
from longshore.agent.loop import Agent
from longshore.agent.ports import Unreachable
from longshore.client import management
from longshore.delivery.rollouts.execution import Unavailable
from longshore.engine import connection
from longshore.engine.compose import ComposeExecutor
from longshore.engine.compose_project import Project
from longshore.engine.journal import FileJournal
from longshore.engine.logs import Logs
from longshore.engine.rollouts import EngineExecutor


@dataclass(frozen=True)
class Post:
    """Where an agent stands, and for whom."""

    server: str
    """URL of the server."""
    environment: str
    host: str
    """What the server calls this machine."""
    folder: Path
    """What the agent remembers."""
    secrets: Path
    """Files of secrets, by name."""
    hooks: Path
    """Commands that this host runs in a rollout."""
    hook_seconds: float
    """How long each may take."""
    token: str = field(default="", repr=False)
    """The secret of a robot; empty at a registry that is open."""
    project: Path | None = None
    """Folder of the Compose project whose services they are; None where they are the agent's."""


@contextlib.contextmanager
def opened(post: Post, environ: Mapping[str, str], say: Callable[[str], None]) -> Iterator[Agent]:
    """The agent; raises NoEngine, and OSError for its folder."""
    login = management.Secret(post.token) if post.token else None
    with (
        contextlib.closing(management.of_server(post.server, login)) as asked,
        contextlib.closing(connection.connect(environ)) as engine,
    ):
        registry = urlsplit(post.server).netloc
        server = Server(asked, registry, post.environment, post.host)
        logins = _Logins(server, registry, post)
        executor: EngineExecutor | ComposeExecutor
        if post.project is None:
            executor = EngineExecutor(engine, logins, SecretFiles(post.secrets))
        else:
            project = Project(post.project.resolve(), _without_token(post, environ))
            executor = ComposeExecutor(engine, logins, project)
        told = {"HOOK_ENVIRONMENT": post.environment, "HOOK_HOST": post.host}
        hooks = Hooks(post.hooks, {**_without_token(post, environ), **told}, post.hook_seconds)
        hooked = HookedExecutor(executor, hooks)
        journal = FileJournal(post.folder / "rollouts")
        memory = DueFile(post.folder / "due.json")
        listener = Listener(server, Logs(engine, executor.containers_of), memory)
        yield Agent(server, hooked, journal, memory, say, listener.run)


def _without_token(post: Post, environ: Mapping[str, str]) -> dict[str, str]:
    """The secret of the agent is nothing that a project's file, or a hook, may ask for."""
    return {name: value for name, value in environ.items() if value != post.token}


class _Logins:
    """What the engine shows to a registry."""

    def __init__(self, server: Server, registry: str, post: Post) -> None:
        self._server = server
        self._registry = registry
        self._token = post.token
        self._name = ""

    def __call__(self, host: str) -> Mapping[str, str] | None:
        """As the engine's API has it (AuthConfig); None leaves it to docker. Raises Unavailable."""
        if host != self._registry:
            return None
        if not self._token:
            return {}
        try:
            self._name = self._name or self._server.name()
        except Unreachable as problem:
            raise Unavailable(f"nobody says who pulls: {problem}") from None
        return {"username": self._name, "password": self._token, "serveraddress": host}
