"""Names: repositories and tags, by the grammar of the distribution specification.

Decides what may be a name, and what a reference is: a tag or a digest. A name that
has been parsed is a plain string ever after, compared byte by byte.
"""

from __future__ import annotations

import re

from longshore.oci.digest import Digest
from longshore.oci.errors import ManifestInvalid, NameInvalid

# distribution-spec, "Pulling manifests": <name>, and <reference> as a tag.
_COMPONENT = r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*"
NAME_PATTERN = rf"{_COMPONENT}(?:/{_COMPONENT})*"
TAG_PATTERN = r"[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}"

# Many clients limit host and name together to 255 characters.
NAME_LIMIT = 255

_NAME = re.compile(NAME_PATTERN)
_TAG = re.compile(TAG_PATTERN)


class RepositoryName(str):
    """A well-formed repository name, such as `team/app`."""

    __slots__ = ()

    @classmethod
    def parse(cls, text: str) -> RepositoryName:
        """Raises NameInvalid."""
        if len(text) > NAME_LIMIT:
            raise NameInvalid(f"a repository name has at most {NAME_LIMIT} characters")
        if _NAME.fullmatch(text) is None:
            raise NameInvalid(
                "a repository name is lower-case letters and digits, parted by"
                " '.', '_', '__', '-' or '/'",
                detail={"name": text},
            )
        return cls(text)


class Tag(str):
    """A well-formed tag, such as `1.0.5`."""

    __slots__ = ()

    @classmethod
    def parse(cls, text: str) -> Tag:
        """Raises ManifestInvalid: the specification has no code of its own for a bad tag."""
        if _TAG.fullmatch(text) is None:
            raise ManifestInvalid(
                "a tag is at most 128 letters, digits, '_', '.' or '-',"
                " and begins with a letter, a digit or '_'",
                detail={"tag": text[:200]},
            )
        return cls(text)


Reference = Tag | Digest


def parse_reference(text: str) -> Reference:
    """A digest where there is a colon, else a tag; raises DigestInvalid or ManifestInvalid."""
    return Digest.parse(text) if ":" in text else Tag.parse(text)
