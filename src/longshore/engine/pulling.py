"""Images of releases: brought by digest, named on this machine, removed when nobody needs them.

Decides what makes an image unfit (it is not in the registry, or not for this machine) and what is
only trouble on the way. A tag of its own keeps it from being tidied up as nameless. Credentials
are asked for with each pull and given to the engine with that pull alone.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import docker
from docker.errors import APIError, DockerException, ImageNotFound

from longshore.delivery.rollouts.execution import StepFailed, Unavailable
from longshore.engine.containers import Containers, answers
from longshore.oci.image import ImageReference
from longshore.oci.platform import Platform

OWN_TAG = "longshore-"
FRESH = timedelta(hours=1)  # a rollout may be between its pull and its container

_MISSING = re.compile(r"manifest unknown|not found|name unknown|no such manifest", re.IGNORECASE)
_UNFIT = re.compile(r"no match(?:ing manifest)? for", re.IGNORECASE)

Logins = Callable[[str], Mapping[str, str] | None]


class Images:
    """The images that rollouts bring to one engine."""

    def __init__(self, client: docker.APIClient, logins: Logins) -> None:
        """`logins` gives what the engine's API calls AuthConfig, for a host; None is docker's."""
        self._client = client
        self._logins = logins

    def bring(self, image: str) -> None:
        """Raises StepFailed for what will not run here, and Unavailable."""
        reference = ImageReference.parse(image)
        assert reference.digest is not None  # noqa: S101  # a release has its image by digest
        if not self._is_here(image):
            self._pull(reference)
        self._check_platform(image)
        with answers():
            self._client.tag(image, reference.name, f"{OWN_TAG}{reference.digest.hex[:12]}")

    def volumes(self, image: str) -> set[str]:
        """Where the image declares a VOLUME."""
        with answers():
            found = self._client.inspect_image(image)  # type: ignore[no-untyped-call]
        return set((found.get("Config") or {}).get("Volumes") or ())

    def prune(self, repository: str, containers: Containers, keep: int = 0) -> None:
        """Remove what was brought from it and no container is made of, running or not, but for
        the last few."""
        with answers():
            brought = [each for each in self._client.images(repository) if _own_tags(each)]
            brought.sort(key=lambda each: self._tagged(each["Id"]), reverse=True)
            for each in brought[keep:]:
                if not containers.of_image(each["Id"]) and not self._is_fresh(each["Id"]):
                    self._remove([*_own_tags(each), *(each.get("RepoDigests") or ())])

    def _remove(self, names: list[str]) -> None:
        for name in names:
            try:
                self._client.remove_image(name)
            except ImageNotFound:
                continue  # it went with its last tag

    def _is_fresh(self, image: str) -> bool:
        return _age(self._tagged(image)) < FRESH

    def _tagged(self, image: str) -> str:
        """When it last got a name, in RFC 3339, which is in order as text."""
        found = self._client.inspect_image(image)  # type: ignore[no-untyped-call]
        return str(found["Metadata"]["LastTagTime"])

    def _is_here(self, image: str) -> bool:
        with answers():
            try:
                self._client.inspect_image(image)  # type: ignore[no-untyped-call]
            except ImageNotFound:
                return False
        return True

    def _pull(self, reference: ImageReference) -> None:
        login = self._logins(reference.host)
        try:
            reports = self._client.pull(
                reference.name,
                tag=reference.digest,
                stream=True,
                decode=True,
                auth_config=None if login is None else dict(login),
            )
            problem = next((each["error"] for each in reports if "error" in each), "")
        except APIError as refused:
            problem = str(refused.explanation or refused)
        except (DockerException, OSError) as silence:
            raise Unavailable(f"Docker Engine does not answer: {silence}") from None
        if _UNFIT.search(problem):
            raise StepFailed(f"{reference} is not for this machine: {problem}")
        if _MISSING.search(problem):
            raise StepFailed(f"{reference} is not in the registry: {problem}")
        if problem:
            raise Unavailable(f"{reference} can not be pulled: {problem}")

    def _check_platform(self, image: str) -> None:
        with answers():
            version = self._client.version(api_version=False)
            found = self._client.inspect_image(image)  # type: ignore[no-untyped-call]
        here = Platform(version["Os"], version["Arch"])
        built = Platform(found["Os"], found["Architecture"])
        if not here.fits(built):
            raise StepFailed(f"{image} is for {built}, and this machine is {here}")


def _own_tags(image: Mapping[str, Any]) -> list[str]:
    return [tag for tag in image.get("RepoTags") or () if f":{OWN_TAG}" in tag]


def _age(moment: str) -> timedelta:
    """How long ago an RFC 3339 time is."""
    # The engine writes nanoseconds, which Python does not read.
    then = datetime.fromisoformat(re.sub(r"(\.\d{6})\d+", r"\1", moment))
    return datetime.now(UTC) - then
