"""The table of operations, continued: those that are about one repository.

Decides which there are. Their paths begin with the repository, and a verb of it is what their
callers need.
"""

from __future__ import annotations

from longshore.api.authorization import Need
from longshore.api.management import history, policies, releases
from longshore.api.management.operations import Operation

PULL, PUSH = Need.PULL, Need.PUSH

_HISTORY = (
    Operation(
        "GET",
        "/repositories/{repository}/history",
        PULL,
        "List the moves of tags, the newest first",
        history.page,
        query=history.MovePage,
        reply=history.Moves,
    ),
    Operation(
        "POST",
        "/repositories/{repository}/restore",
        PUSH,
        "Let a tag name again what it was",
        history.restore,
        body=history.Wanted,
        reply=history.Restored,
    ),
)

_POLICY = (
    Operation(
        "GET",
        "/repositories/{repository}/policy",
        PULL,
        "Look at the policy of a repository",
        policies.find,
        reply=policies.PolicyInForce,
    ),
)

_RELEASES = (
    Operation(
        "POST",
        "/repositories/{repository}/releases",
        PUSH,
        "Give an image versions and tags, and let aliases follow, all at one moment",
        releases.add,
        body=releases.NewRelease,
        reply=releases.Release,
    ),
)

OPERATIONS = (*_HISTORY, *_POLICY, *_RELEASES)
