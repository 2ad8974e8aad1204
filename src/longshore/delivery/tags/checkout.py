"""A checkout: what git, or the system that runs the build, says of the source of an image.

Decides what a user's own word replaces. It does not know how any of it was found out.
"""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Checkout:
    """One commit, with what is known of its names; empty is unknown."""

    commit: str = ""
    committed_at: str = ""
    """When, as RFC 3339 writes it."""
    branch: str | None = None
    """None where HEAD is detached and nobody else knows."""
    tags: tuple[str, ...] = ()
    """Tags in git that point at this commit."""
    version: str | None = None
    """A version that somebody gave; then the tags count for nothing."""
    source: str = ""
    """Address of the repository for a browser, without credentials."""
    changes: tuple[str, ...] = ()
    """Files that differ from the commit."""
    is_shallow: bool = False
    """Whether the clone may lack tags."""

    def told(self, branch: str | None, version: str | None) -> Checkout:
        """With what the user says: whoever names branch or version needs no tags of the clone."""
        if branch is None and version is None:
            return self
        return replace(
            self,
            branch=self.branch if branch is None else branch,
            version=version,
            is_shallow=False,
        )
