"""Why an image gets no name: the policy refuses it, or what it takes to decide is not known.

Decides nothing. Each error is a sentence for a user that says what to do about it.
"""

from longshore.oci.errors import Denied


class Refused(Denied):
    """The policy does not allow it; asking again changes nothing.

    Clients of registries show the sentence of a DENIED, and do not try again.
    """


class Undetermined(Exception):
    """The checkout does not say enough; the message has the command that mends it."""
