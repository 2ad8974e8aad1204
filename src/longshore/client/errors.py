"""What can keep the client from its work, beside the refusals of registries (`oci.errors`).

Each says in a sentence what is wrong, and what to do where that is known. This module imports
nothing that takes time to import.
"""

from __future__ import annotations

from longshore.oci.digest import Digest
from longshore.oci.names import Tag


class ClientError(Exception):
    """The base of all."""


class Unreachable(ClientError):
    """No answer from a registry, after all attempts."""


class UnexpectedReply(ClientError):
    """A reply that the protocol does not have at this place."""


class CredentialsError(ClientError):
    """A login can not be read or kept; the text says which file or program is why."""


class NotALayout(ClientError):
    """A folder or a file has no images in any known form."""


class Stopped(ClientError):
    """Another piece of work has failed; that failure is the one to tell."""


class VersionExists(ClientError):
    """The target has this version already, and it is another image."""

    def __init__(self, tag: Tag, there: Digest, ours: Digest) -> None:
        super().__init__(
            f"{tag} is there already, and another image: {there}, not {ours}. A version does not"
            " change: give this image another one, or replace it with --force"
        )
