"""Why an image gets no name, or does not go where it is asked to go.

Decides nothing. Each error is a sentence for a user that says what to do about it.
"""

from longshore.oci.errors import Denied
from longshore.registry.refusals import Refusal


class Refused(Denied):
    """The policy does not allow it; asking again changes nothing.

    Clients of registries show the sentence of a DENIED, and do not try again.
    """


class Undetermined(Exception):
    """The checkout does not say enough; the message has the command that mends it."""


class Blocked(Refusal):
    """The rules of an environment do not allow it now; the message says what would have to come."""

    code, status, message = "BLOCKED", 403, "the rules of the environment do not allow it"
