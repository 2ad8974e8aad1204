"""The management API, `/api/v1`: all of a registry but its content.

One table says which operations there are; routes, checks and the OpenAPI document follow from it.
A handler takes values, calls one rule in one transaction, and answers values.
"""
