"""The first project file: what can be found out, written down for a team to change.

Decides what a new file says. Nobody is asked: what a remote, the branches and the folder do not
tell, the sample approach does.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from longshore.source.checkout import remote
from longshore.source.errors import NoRepository
from longshore.source.git import Git
from longshore.source.remotes import repository_name

REGISTRY = "localhost:5000"  # where `longshore serve` listens, unless told otherwise
LONG_LIVED = ("develop", "master", "main", "trunk")

_TEXT = """\
# What the images of this repository are called: `longshore tags` tells, and why.
version: 1
image: {image}

# The tag of each branch; {{slug}} is the branch, as far as a tag can spell it. The first pattern
# that matches decides, and `*` stands for anything. "" is no tag.
branches:
{branches}
  "*": "{{slug}}"

# Versions are tagged in git, as v1.0.5. What follows them never goes back.
releases:
  tag_prefix: v
  aliases: [minor, major, latest]
"""


def image(folder: Path, environ: Mapping[str, str]) -> str:
    """A name for the image in this machine's registry.

    It is that of the remote where the folder is the whole checkout, else that of the folder.
    """
    git = Git(folder, environ)
    try:
        address = "" if git.ask("rev-parse", "--show-prefix") else remote(git)
    except NoRepository:
        address = ""
    return f"{REGISTRY}/{repository_name(address, folder.name)}"


def text(folder: Path, environ: Mapping[str, str], image: str) -> str:
    """The file; raises SourceError if git refuses to tell the branches."""
    named = [f"  {branch}: {branch}" for branch in _long_lived(folder, environ)]
    slugs = [f'  {kind}/*: "{{slug}}"' for kind in ("release", "hotfix", "support", "feature")]
    return _TEXT.format(image=image, branches="\n".join([*named, *slugs]))


def _long_lived(folder: Path, environ: Mapping[str, str]) -> list[str]:
    """Branches that a team always has: those there are, or those of gitflow."""
    try:
        known = Git(folder, environ).ask(
            "for-each-ref", "--format=%(refname)", "refs/heads", "refs/remotes/origin"
        )
    except NoRepository:
        known = ""
    prefixes = ("refs/heads/", "refs/remotes/origin/")
    there = {ref.removeprefix(prefix) for ref in known.splitlines() for prefix in prefixes}
    return [branch for branch in LONG_LIVED if branch in there] or ["develop", "master", "main"]
