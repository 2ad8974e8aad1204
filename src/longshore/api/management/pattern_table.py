"""The table of operations, continued: those that are about repositories of a pattern.

Decides which there are. What they are about is named by its pattern, in the query.
"""

from __future__ import annotations

from longshore.api.authorization import Need
from longshore.api.management import grants, policies, quotas
from longshore.api.management.fields import Page, Removed
from longshore.api.management.operations import Operation

MANAGE, GRANT, SELF = Need.MANAGE, Need.GRANT, Need.SELF

_GRANTS = (
    Operation(
        "GET",
        "/grants",
        SELF,
        "List grants that the caller may decide on",
        grants.page,
        query=grants.GrantPage,
        reply=grants.Grants,
    ),
    Operation(
        "PUT",
        "/grants",
        GRANT,
        "Let a subject do something somewhere, in place of what it could there",
        grants.put,
        query=grants.GrantKey,
        body=grants.GrantedVerbs,
        reply=grants.ChangedGrant,
    ),
    Operation(
        "DELETE",
        "/grants",
        GRANT,
        "Remove a grant",
        grants.remove,
        query=grants.GrantKey,
        reply=Removed,
    ),
)

_QUOTAS = (
    Operation(
        "GET",
        "/quotas",
        MANAGE,
        "List quotas, and what is used of each",
        quotas.page,
        query=Page,
        reply=quotas.Quotas,
    ),
    Operation(
        "PUT",
        "/quotas",
        MANAGE,
        "Bound what the repositories of a pattern hold",
        quotas.put,
        query=quotas.QuotaKey,
        body=quotas.Limits,
        reply=quotas.QuotaUse,
    ),
    Operation("DELETE", "/quotas", MANAGE, "Remove a quota", quotas.remove, query=quotas.QuotaKey),
)

_POLICIES = (
    Operation(
        "GET",
        "/policies",
        SELF,
        "List policies that the caller may decide on",
        policies.page,
        query=Page,
        reply=policies.Policies,
    ),
    Operation(
        "PUT",
        "/policies",
        GRANT,
        "Decide about the tags of a pattern's repositories",
        policies.put,
        query=policies.PolicyKey,
        body=policies.NewPolicy,
        reply=policies.Policy,
    ),
    Operation(
        "DELETE",
        "/policies",
        GRANT,
        "Remove a policy",
        policies.remove,
        query=policies.PolicyKey,
    ),
)

OPERATIONS = (*_GRANTS, *_QUOTAS, *_POLICIES)
