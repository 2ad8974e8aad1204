"""The commits between two revisions, where a checkout has both.

Decides what is taken for a revision: an image may say anything of where it comes from, and git is
asked of whole or shortened hashes only.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from longshore.source.errors import SourceError
from longshore.source.git import Git

_HASH = re.compile(r"[0-9a-f]{7,64}")


class Commit(NamedTuple):
    revision: str
    subject: str


def between(
    folder: Path, environ: Mapping[str, str], before: str, after: str, limit: int
) -> list[Commit] | None:
    """Those that the second has and the first has not, the newest first, so many at most.

    None where this is no checkout that knows both.
    """
    if not (_HASH.fullmatch(before) and _HASH.fullmatch(after)):
        return None
    git = Git(folder, environ)
    try:
        for revision in (before, after):
            git.ask("rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}")
        found = git.ask("log", f"--max-count={limit}", "--format=%H %s", f"{before}..{after}")
    except SourceError:
        return None
    return [_commit(line) for line in found.splitlines()]


def _commit(line: str) -> Commit:
    revision, _, subject = line.partition(" ")
    return Commit(revision, "".join(filter(str.isprintable, subject)))
