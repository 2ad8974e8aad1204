"""The distribution API over ASGI: requests in, replies out.

Decides how HTTP is read and written. A handler parses, calls one use case, and renders; what
is allowed and what happens is the registry's to say.
"""
