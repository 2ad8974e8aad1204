"""Local images: which of those that an engine has a checkout means, when nobody says.

Decides by names and labels. Whoever builds gives an image the registry's name, or a short one, and
any tag or none; the commit in its labels says more than any name. It knows no engine.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace

from longshore.delivery.errors import Refused, Undetermined
from longshore.oci.errors import OCIError
from longshore.oci.image import DEFAULT_TAG, ImageReference
from longshore.registry.history import REVISION_KEY

SHOWN_DIGITS = 12  # of a commit or an image, as git and docker show them


@dataclass(frozen=True)
class LocalImage:
    """An image of an engine, under all the names and digests that it has there."""

    id: str
    """The digest of its configuration, or of its manifest where the engine keeps that."""
    names: tuple[str, ...] = ()
    digests: frozenset[str] = frozenset()
    """Digests of its manifest in the registries that the engine has met it in."""
    labels: Mapping[str, str] = field(default_factory=dict, hash=False)
    created: int = 0
    """Seconds since the epoch."""
    size: int = 0
    """Bytes, unpacked."""

    @property
    def revision(self) -> str:
        """The commit that it says it was built from; empty if it does not say."""
        return self.labels.get(REVISION_KEY, "")

    def __str__(self) -> str:
        return next(iter(self.names), self.id.removeprefix("sha256:")[:SHOWN_DIGITS])


def choose(
    images: Iterable[LocalImage], target: ImageReference, tags: Collection[str], commit: str
) -> LocalImage:
    """The image to ship as `target` under these tags; raises Refused or Undetermined.

    One of the commit comes first, then one that does not say of which it is. One of another commit
    is an old build, and refused.
    """
    wanted = _repositories(target)
    named = {_meant(image, wanted): _tags(image, wanted) for image in images}
    found = [image for image in named if named[image]]
    if not found:
        names = ", ".join(_short(name) for name in wanted)
        raise Undetermined(
            f"Docker Engine has no image {names}: `docker build --tag {_short(wanted[-1])} .`, or"
            " name the image or the archive that is to be pushed"
        )
    built_here = [image for image in found if commit and image.revision == commit]
    if built_here:
        return max(built_here, key=lambda image: image.created)
    silent = [image for image in found if not image.revision or not commit]
    if not silent:
        raise _other_commit(max(found, key=lambda image: image.created), commit)
    for preferred in (tags, {DEFAULT_TAG}):
        tagged = {image.id: image for image in silent if named[image] & set(preferred)}
        if len(tagged) == 1:
            return next(iter(tagged.values()))
    if len(silent) == 1:
        return silent[0]
    there = ", ".join(sorted(name for image in silent for name in image.names))
    raise Undetermined(f"several images may be meant; name one of them: {there}")


def notes(image: LocalImage, commit: str) -> list[str]:
    """What to tell about an image that somebody named, or that does not say enough."""
    if not image.revision:
        told = (
            f"{image} does not say what it was built from: `docker build --label"
            f" {REVISION_KEY}=$(git rev-parse HEAD) …` lets it; `longshore tags --json` has all"
            " its labels"
        )
        return [told]
    if commit and image.revision != commit:
        return [f"{image} was built from {image.revision[:SHOWN_DIGITS]}, not from this commit"]
    return []


def _repositories(target: ImageReference) -> list[str]:
    """What people call an image when they build it, the longest name first."""
    last = target.repository.rpartition("/")[2]
    short = (ImageReference.parse(name).name for name in (target.repository, last))
    return list(dict.fromkeys([target.name, *short]))


def _meant(image: LocalImage, repositories: Collection[str]) -> LocalImage:
    """The image, with the names first by which it is meant."""
    names = sorted(image.names, key=lambda name: _parsed(name)[0] not in repositories)
    return replace(image, names=tuple(names))


def _parsed(name: str) -> tuple[str, str]:
    """Repository and tag; engines take some names that no registry does."""
    try:
        parsed = ImageReference.parse(name)
    except OCIError:
        return "", ""
    return parsed.name, str(parsed.tag or "")


def _tags(image: LocalImage, repositories: Collection[str]) -> set[str]:
    """The tags under which it has one of these names."""
    parsed = map(_parsed, image.names)
    return {tag for repository, tag in parsed if repository in repositories and tag}


def _short(name: str) -> str:
    """As docker writes it."""
    return name.removeprefix("docker.io/").removeprefix("library/")


def _other_commit(image: LocalImage, commit: str) -> Refused:
    return Refused(
        f"{image} was built from {image.revision[:SHOWN_DIGITS]}, and this is"
        f" {commit[:SHOWN_DIGITS]}: build it again, or name the image that is to be pushed"
    )
