"""The management API, `/api/v1`: accounts, groups, grants, trusts, keys and the audit log.

One table says which operations there are; routes, checks and the OpenAPI document follow from it.
A handler takes values, calls one rule in one transaction, and answers values.
"""
