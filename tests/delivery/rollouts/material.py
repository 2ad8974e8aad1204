"""Images and containers to make rollouts of."""

from longshore.delivery.rollouts.planning import Container
from longshore.delivery.rollouts.release import Release
from longshore.delivery.rollouts.services import Service

IMAGE = f"registry.example.com/team/web@sha256:{'1' * 64}"
OTHER_IMAGE = f"registry.example.com/team/web@sha256:{'2' * 64}"
BAD_IMAGE = f"registry.example.com/team/web@sha256:{'b' * 64}"

WEB = Service("web", "team/web")


def container_of(release: Release, **fields: object) -> Container:
    """What is there when it has been rolled out."""
    given: dict[str, object] = {
        "id": f"{release.number:064x}",
        "name": release.service.container_name,
        "release": str(release.number),
        "fingerprint": release.fingerprint,
        "image": release.image,
        "restart": release.service.restart_policy,
    }
    return Container(**(given | fields))  # type: ignore[arg-type]  # as the fields are
