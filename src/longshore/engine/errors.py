"""What can keep a Docker Engine from doing what it is asked.

Each says in a sentence what is wrong, and what to do where that is known. This module imports
nothing that takes time to import.
"""

from __future__ import annotations


class EngineError(Exception):
    """The base of all: what the engine refuses or fails at, in its own words."""


class NoEngine(EngineError):
    """There is no engine to ask, or it lets this user ask nothing."""


class NoImage(EngineError):
    """The engine has no such image."""


class PushDenied(EngineError):
    """The registry refuses what the engine pushes, by its rules or for want of a right."""
