"""What has happened to an environment, as whoever did it would tell: no row is looked at."""

from longshore.delivery.environments.deployments import Deployment
from longshore.oci.digest import Digest


class Known:
    """What has happened to one environment, kept apart from what is tested."""

    def __init__(self) -> None:
        self.deployments: list[Deployment] = []
        self.is_held = False
        self.frozen_until: float | None = None
        self.failed: set[Digest] = set()
        self.approved: dict[Digest, set[str]] = {}
        self.healthy_since: int | None = None
        self.verified: set[Digest] = set()

    @property
    def runs(self) -> Digest | None:
        return self.deployments[-1].digest if self.deployments else None
