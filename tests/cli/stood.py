"""An environment as the management API describes it, made of values, without a registry."""

from dataclasses import replace
from typing import Any

import msgspec

from longshore.api.management.standing import standing
from longshore.delivery.environments.deployments import (
    Condition,
    Deployment,
    EnvironmentState,
    Freeze,
    Hold,
    ImageState,
    Report,
    Waiting,
)
from longshore.delivery.environments.desired import Status
from longshore.delivery.environments.environment import Environment
from longshore.delivery.environments.records import Agent
from longshore.delivery.environments.states import Shown
from longshore.delivery.rollouts.services import Service
from longshore.oci.digest import Digest
from longshore.oci.names import RepositoryName
from longshore.registry.history import UNKNOWN, Origin

APP = RepositoryName("team/app")
WEB = Service("web", APP)
ONE, TWO = Digest.of(b"one"), Digest.of(b"two")
NOW = 10_000_000  # ms
DEPLOYED = Deployment(7, "staging", APP, ONE, "develop", 60_000, "follow", "pusher")
AT_WORK = Agent("staging", "web-1", seen_at=NOW)


def waiting(*codes: str, text: str) -> Waiting:
    return Waiting(TWO, "develop", NOW, codes, text)


class Stood:
    """Staging, with one service that follows develop; each method answers another one."""

    def __init__(self, status: Status) -> None:
        self.status = status

    @classmethod
    def new(cls, name: str = "staging", **rules: Any) -> "Stood":
        declared = replace(Environment(name, (WEB,), follow="develop"), **rules)
        empty = Shown(ImageState(name, APP), None, UNKNOWN, UNKNOWN)
        return cls(Status(EnvironmentState(declared), [empty], [], []))

    def deployed(self, **changes: Any) -> "Stood":
        """With the deployment, but for these changes."""
        [image] = self.status.images
        current = DEPLOYED._replace(**changes)
        return Stood(self.status._replace(images=[image._replace(deployment=current)]))

    def running(
        self, origin: Origin = UNKNOWN, hold: Hold | None = None, waiting: Waiting | None = None
    ) -> "Stood":
        """With the deployment, and what else there is of its image."""
        state = ImageState("staging", APP, 7, ONE, "develop", hold=hold, waiting=waiting)
        shown = Shown(state, DEPLOYED, origin, UNKNOWN)
        return Stood(self.status._replace(images=[shown]))

    def frozen(self, freeze: Freeze) -> "Stood":
        return Stood(self.status._replace(state=replace(self.status.state, freeze=freeze)))

    def joined(self, *agents: Agent) -> "Stood":
        return Stood(self.status._replace(agents=[*self.status.agents, *agents]))

    def told(
        self,
        state: Condition,
        detail: str = "",
        *,
        digest: Digest = ONE,
        deployment: int = 7,
        at: int = NOW,
    ) -> "Stood":
        """With what web-1 says of web."""
        said = Report("staging", "web-1", "web", deployment, digest, state, at, detail)
        return Stood(self.joined(AT_WORK).status._replace(reports=[said]))

    @property
    def reply(self) -> Any:
        return msgspec.to_builtins(standing(self.status, NOW), enc_hook=str)
