"""The part of the table of operations that is about shipping: what tags do, and who said so.

Decides what its callers need: who may push to a repository releases there, and who administers a
pattern decides about the tags there.
"""

from __future__ import annotations

from longshore.api.authorization import Need
from longshore.api.management import policies, releases
from longshore.api.management.fields import Page
from longshore.api.management.operations import Operation

_POLICIES = (
    Operation(
        "GET",
        "/policies",
        Need.SELF,
        "List policies that the caller may decide on",
        policies.page,
        query=Page,
        reply=policies.Policies,
    ),
    Operation(
        "PUT",
        "/policies",
        Need.GRANT,
        "Decide about the tags of a pattern's repositories",
        policies.put,
        query=policies.PolicyKey,
        body=policies.NewPolicy,
        reply=policies.Policy,
    ),
    Operation(
        "DELETE",
        "/policies",
        Need.GRANT,
        "Remove a policy",
        policies.remove,
        query=policies.PolicyKey,
    ),
    Operation(
        "GET",
        "/repositories/{repository}/policy",
        Need.PULL,
        "Look at the policy of a repository",
        policies.find,
        reply=policies.PolicyInForce,
    ),
)

_RELEASES = (
    Operation(
        "POST",
        "/repositories/{repository}/releases",
        Need.PUSH,
        "Give an image versions and tags, and let aliases follow, all at one moment",
        releases.add,
        body=releases.NewRelease,
        reply=releases.Release,
    ),
)

SHIPPING = (*_POLICIES, *_RELEASES)
