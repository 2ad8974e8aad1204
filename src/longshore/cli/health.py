"""`longshore health`: is the server ready? For the health checks of containers and services."""

import typer

from longshore.cli.options import with_settings
from longshore.server.config import Configuration


@with_settings("listen", "tls_cert", "tls_client_ca")
def health(configuration: Configuration) -> None:
    """Ask the server whether it is ready.

    Example: `longshore health --listen 127.0.0.1:5000`

    It is asked where the settings say that it listens.
    """
    from longshore.server.health import require_ready

    require_ready(configuration.settings)
    typer.echo("ready")
