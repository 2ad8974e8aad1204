"""`longshore agent`: keep on this machine what an environment is to run."""

import os
import socket
from pathlib import Path
from typing import Annotated

import typer

from longshore.registry.trust import is_secure
from longshore.server.config import TOKEN_VARIABLE

FOLDER = Path("/var/lib/longshore-agent")
SECRETS = Path("/etc/longshore/secrets")


Environment = Annotated[str, typer.Argument(help="The environment whose services run here.")]
Server = Annotated[
    str,
    typer.Option(
        metavar="URL",
        help=f"The server that says what is due; {TOKEN_VARIABLE} has this agent's secret.",
    ),
]
Host = Annotated[str, typer.Option(help="What the server calls this machine. Default: its name.")]
Folder = Annotated[
    Path, typer.Option(help="What the agent remembers, in a folder for each environment.")
]
Secrets = Annotated[Path, typer.Option(help="Secrets of services, in files of their names.")]


def agent(
    environment: Environment,
    *,
    server: Server,
    host: Host = "",
    folder: Folder = FOLDER,
    secrets: Secrets = SECRETS,
) -> None:
    """Keep on this machine what an environment is to run.

    Example: `longshore agent staging --server https://registry.example.com`

    It asks Docker Engine for containers, and the server for what they are. It runs until it is
    ended, which it may be at any moment: it carries on from there.
    """
    import threading

    from longshore.agent.wiring import Post, opened

    if not is_secure(server):
        raise typer.BadParameter(
            f"{server}: write https://HOST; http:// would show the secret to all in between, and"
            " is for this machine only"
        )
    post = Post(
        server.rstrip("/"),
        environment,
        host or socket.gethostname().partition(".")[0].lower(),
        folder / environment,
        secrets,
        os.environ.get(TOKEN_VARIABLE, ""),
    )
    with opened(post, os.environ, lambda line: typer.echo(line, err=True)) as opened_agent:
        opened_agent.run(threading.Event())
