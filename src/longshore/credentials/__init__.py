"""Implementations of what proves who calls: hashed passwords, htpasswd files, signed tokens.

Decides which algorithms are good enough and how others' keys are had. Knows no database and no
account; what a caller may do is none of its business.
"""
