"""Who reaches a server that has no accounts, and whether that is what its owner wants.

Decides that an open registry is on a loopback address, unless it is asked for by name. What an
account may do, and whether there is any, is decided elsewhere.
"""

from __future__ import annotations

import ipaddress

from longshore.server.config import ConfigurationError, Settings

OPEN = "anybody who reaches this address may push, pull and delete: there is no account"


def is_open(settings: Settings, host: str, *, is_secured: bool) -> bool:
    """Whether anybody may do everything; raises ConfigurationError if nobody said so.

    `host` is the number of the address that `listen` names; `is_secured` is whether there are
    accounts.
    """
    if is_secured or settings.anonymous == "closed":
        return False
    if settings.anonymous == "auto" and not ipaddress.ip_address(host).is_loopback:
        raise ConfigurationError(
            f"{settings.listen} can be reached from elsewhere, and there is no account, so that "
            "anybody could push and delete: listen on 127.0.0.1, or make an account with "
            "`longshore user add NAME`, or say that this is wanted with `--anonymous open`"
        )
    return True
