"""Implementations of the registry's ports: databases for rows, disks for bytes.

Decides how rows and bytes are kept, never which. Knows nothing of HTTP.
"""
