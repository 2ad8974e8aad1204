"""Why an image gets no name: the policy refuses it, or what it takes to decide is not known.

Decides nothing. Each error is a sentence for a user that says what to do about it.
"""


class Refused(Exception):
    """The policy does not allow it; asking again changes nothing."""


class Undetermined(Exception):
    """The checkout does not say enough; the message has the command that mends it."""
