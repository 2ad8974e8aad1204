"""`longshore serve`: run the registry until it is told to stop."""

from longshore.cli.options import with_settings
from longshore.server.config import Configuration, Settings


@with_settings(*Settings.model_fields)
def serve(configuration: Configuration) -> None:
    """Run a registry.

    Example: `longshore serve --root /srv/longshore --listen 127.0.0.1:5000`

    Every setting is an option here, a key of the file that --config names, and a variable such as
    LONGSHORE_GC_GRACE; an option wins over a variable, a variable over the file.
    """
    from longshore.server import serving

    serving.serve(configuration.settings)
