"""What can keep the client from its work, beside the refusals of registries (`oci.errors`).

Each says in a sentence what is wrong, and what to do where that is known. This module imports
nothing that takes time to import.
"""

from __future__ import annotations


class ClientError(Exception):
    """The base of all."""


class Unreachable(ClientError):
    """No answer from a registry, after all attempts."""


class UnexpectedReply(ClientError):
    """A reply that the protocol does not have at this place."""
