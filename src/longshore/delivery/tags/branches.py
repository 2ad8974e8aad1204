"""Branches: which tag the image of a branch gets.

Decides by the map of the policy, and makes a legal tag of any branch (a slug). Two branches
never share one silently: where anything but a slash was lost, or where the registry remembers
another branch as the tag's source, a hash of the branch's name is added.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import NamedTuple

from longshore.delivery.errors import Refused
from longshore.delivery.tags.aliases import likeness, role
from longshore.delivery.tags.policy import SLUG, BranchRule, Policy
from longshore.delivery.tags.versions import TAG_LIMIT
from longshore.oci.names import Tag

ESCAPE = "branch-"
_HASH_LENGTH = 7  # digits; a tag that carries them is still compared with its source
_OUTSIDE = re.compile(r"[^A-Za-z0-9._-]+")


class BranchTag(NamedTuple):
    """The tag of a branch, and why it is that."""

    tag: Tag
    reason: str


def tag_of(
    policy: Policy, branch: str, sources: Mapping[str, str], suffix: str = ""
) -> BranchTag | None:
    """The tag that the policy gives the branch, None if it gives none; raises Refused.

    `sources` has the branch that each tag in the registry was built from, where that is known.
    The suffix is part of the tag, whatever the branch.
    """
    rule = _rule(policy, branch)
    if rule is None or not rule.template:
        return None
    if SLUG not in rule.template:
        return _written(policy, rule, suffix)
    for with_hash in (False, True):
        found = _made(policy, rule, branch, suffix, with_hash)
        if sources.get(found.tag, branch) == branch:
            return found
    raise Refused(
        f"the tag {found.tag} of branch {branch} is that of branch {sources[found.tag]} already:"
        " give one of the two another name"
    )


def makes(policy: Policy, branch: str, tag: str) -> bool:
    """Whether the map makes this tag of the branch's name, as such or of a variant's image."""
    rule = _rule(policy, branch)
    if rule is None or SLUG not in rule.template:
        return False
    suffixes = ("", *(f"-{name}" for name in policy.variants.names))
    return any(
        _made(policy, rule, branch, suffix, with_hash=False).tag == tag for suffix in suffixes
    )


def slug(branch: str, limit: int, *, with_hash: bool = False) -> str:
    """The branch as a part of a tag of at most that many characters.

    Only a slash becomes a `-` without further notice. Whatever else is replaced, left out or cut
    is made up for by a hash of the whole name.
    """
    kept = _OUTSIDE.sub("-", branch).strip(".-")
    if kept == branch.replace("/", "-") and len(kept) <= limit and not with_hash:
        return kept
    digest = hashlib.sha256(branch.encode(errors="surrogateescape")).hexdigest()[:_HASH_LENGTH]
    room = limit - len(digest) - 1
    return f"{kept[:room].rstrip('.-') or 'branch'}-{digest}"


def _rule(policy: Policy, branch: str) -> BranchRule | None:
    return next((each for each in policy.branches if fnmatchcase(branch, each.pattern)), None)


def _written(policy: Policy, rule: BranchRule, suffix: str) -> BranchTag:
    """A tag that somebody wrote into the map: who maps two branches there, wants it so."""
    tag = Tag(rule.template + suffix)
    taken = role(policy, tag)
    if taken:
        raise Refused(
            f"the branch map has {tag} for {rule.pattern}, and that is {taken}: map it to another"
            " tag, or switch that alias off"
        )
    return BranchTag(tag, f"the branch map has it for {rule.pattern}")


def _made(policy: Policy, rule: BranchRule, branch: str, suffix: str, with_hash: bool) -> BranchTag:
    """A tag with a slug that nobody takes for a version."""
    template, reasons = rule.template + suffix, [f"branch {branch}"]
    tag = _filled(template, branch, with_hash)
    taken = likeness(policy, tag)
    if taken and policy.lookalikes == "escape":
        reasons.append(f"escaped, since {tag} looks like {taken}")
        template = template.replace(SLUG, ESCAPE + SLUG)
        tag = _filled(template, branch, with_hash)
        taken = role(policy, tag)
    if taken:
        raise Refused(f"the tag {tag} of branch {branch} looks like {taken}: rename the branch")
    if with_hash:
        reasons.append("with a hash, since another branch has the tag without")
    elif tag != template.replace(SLUG, branch.replace("/", "-")):
        reasons.append("with a hash for what a tag cannot spell")
    return BranchTag(tag, "; ".join(reasons))


def _filled(template: str, branch: str, with_hash: bool) -> Tag:
    room = TAG_LIMIT - len(template.replace(SLUG, ""))
    return Tag(template.replace(SLUG, slug(branch, room, with_hash=with_hash)))
