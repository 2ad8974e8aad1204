"""Whether a server with these settings is ready: what `longshore health` and containers ask.

Decides where to ask, with TLS or without, and what counts as an answer. Knows nothing of what
runs inside the server.
"""

from __future__ import annotations

import http.client
import ssl

from longshore.server.config import Settings

PATIENCE = 4.0  # seconds
_LOOPBACK = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104  where to ask one that is everywhere


def require_ready(settings: Settings) -> None:
    """Raises OSError, whose text says why, if the server does not answer that it is ready.

    One that wants certificates from its clients is asked without: that it refuses is an answer.
    """
    try:
        status = _ask(settings)
    except ssl.SSLError as refusal:
        if settings.tls_client_ca is None:
            raise OSError(f"{settings.listen}: {refusal.reason or refusal}") from None
        return
    except OSError as problem:
        raise OSError(f"{settings.listen}: {problem.strerror or problem}") from None
    except http.client.HTTPException as problem:
        raise OSError(f"{settings.listen}: {problem!r}") from None
    if status != http.HTTPStatus.OK:
        raise OSError(f"{settings.listen}: it is not ready, and answers {status}")


def _ask(settings: Settings) -> int:
    host = _LOOPBACK.get(settings.listen.host, settings.listen.host)
    connection: http.client.HTTPConnection
    if settings.tls_cert is None:
        connection = http.client.HTTPConnection(host, settings.listen.port, timeout=PATIENCE)
    else:
        context = ssl.create_default_context()
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE  # it is asked how it is, and told nothing
        connection = http.client.HTTPSConnection(
            host, settings.listen.port, timeout=PATIENCE, context=context
        )
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status
    finally:
        connection.close()
