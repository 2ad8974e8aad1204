"""`longshore agent`: keep on this machine what an environment is to run."""

import contextlib
import os
import signal
import socket
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from longshore.cli.times import seconds
from longshore.client.home import TOKEN_VARIABLE
from longshore.registry.trust import is_secure

if TYPE_CHECKING:
    from longshore.agent.wiring import Post

FOLDER = Path("/var/lib/longshore-agent")
SECRETS = Path("/etc/longshore/secrets")
HOOKS = Path("/etc/longshore/hooks")

Environment = Annotated[str, typer.Argument(help="The environment whose services run here.")]
Server = Annotated[
    str,
    typer.Option(
        metavar="URL",
        help=f"The server that says what is due; {TOKEN_VARIABLE} has this agent's secret.",
    ),
]
Host = Annotated[str, typer.Option(help="What the server calls this machine. Default: its name.")]
Join = Annotated[
    str,
    typer.Option(
        metavar="CODE",
        help="A code of `longshore env join-code`, with which this host joins unless it has.",
    ),
]
Folder = Annotated[
    Path, typer.Option(help="What the agent remembers, in a folder for each environment.")
]
Secrets = Annotated[Path, typer.Option(help="Secrets of services, in files of their names.")]
Hooks = Annotated[
    Path,
    typer.Option(
        help="Commands that this host runs in a rollout, in a folder for each environment."
    ),
]
HookTime = Annotated[str, typer.Option(metavar="TIME", help="How long each of them may take.")]
Compose = Annotated[
    Path | None,
    typer.Option(
        metavar="FOLDER",
        exists=True,
        file_okay=False,
        help="A Compose project whose services those of the environment are.",
    ),
]


def agent(  # noqa: PLR0913  each is an option
    environment: Environment,
    *,
    server: Server,
    join: Join = "",
    host: Host = "",
    folder: Folder = FOLDER,
    secrets: Secrets = SECRETS,
    hooks: Hooks = HOOKS,
    hook_time: HookTime = "10m",
    compose: Compose = None,
) -> None:
    """Keep on this machine what an environment is to run.

    Example: `longshore agent staging --server https://registry.example.com`

    It asks Docker Engine for containers, and the server for what they are. It runs until it is
    ended, which it may be at any moment: it carries on from there.
    """
    from dataclasses import replace

    from longshore.agent.wiring import Post

    post = Post(
        _checked(server),
        environment,
        host or socket.gethostname().partition(".")[0].lower(),
        folder / environment,
        secrets,
        hooks / environment,
        seconds(hook_time, "--hook-time"),
        os.environ.get(TOKEN_VARIABLE, ""),
        compose,
    )
    if not post.token:
        post = replace(post, token=_secret(post, join))
    _run(post)


def _run(post: "Post") -> None:
    import threading

    from longshore.agent.wiring import opened

    # The first process of a container would be deaf to it, and be killed some seconds later.
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    with opened(post, os.environ, lambda line: typer.echo(line, err=True)) as opened_agent:
        opened_agent.run(threading.Event())


def _checked(server: str) -> str:
    """Its URL; raises typer.BadParameter."""
    if not is_secure(server):
        raise typer.BadParameter(
            f"{server}: write https://HOST; http:// would show the secret to all in between, and"
            " is for this machine only"
        )
    return server.rstrip("/")


def _secret(post: "Post", code: str) -> str:
    """That of this host, which joins with the code if it has none; empty at an open registry."""
    from longshore.agent import joining
    from longshore.client import management

    secret = joining.kept(post.folder)
    if secret or not code:
        return secret
    with contextlib.closing(management.of_server(post.server, None)) as asked:
        secret = joining.join(asked, post.environment, post.host, code, post.folder)
    typer.echo(f"{post.host} has joined {post.environment}.", err=True)
    return secret
