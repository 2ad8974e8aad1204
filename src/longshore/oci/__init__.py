"""The vocabulary of the OCI specifications: values, grammar, media types, errors.

Everything here is a function of its arguments. It opens nothing, and it knows of
no registry, no database and no HTTP server.
"""
