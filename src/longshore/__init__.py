"""Longshore: a private container registry.

This package decides its version and nothing else: what it does lives in the layers below it,
and importing it must stay free.
"""

__version__ = "0.1.0"
