"""Environments and all that belongs to them in memory. Implements the ports of `delivery`."""

from __future__ import annotations

from longshore.delivery.environments.deployments import (
    Decision,
    Deployment,
    EnvironmentState,
    ImageState,
    Report,
)
from longshore.oci.digest import Digest
from longshore.oci.names import RepositoryName
from longshore.storage.memory.logs import forget_readers
from longshore.storage.memory.rows import Rows


class Environments:
    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    def put(self, state: EnvironmentState) -> None:
        self._rows.environments[state.declared.name] = state

    def find(self, name: str) -> EnvironmentState | None:
        return self._rows.environments.get(name)

    def remove(self, name: str) -> None:
        self._rows.environments.pop(name, None)
        for image in [image for image in self._rows.images if image[0] == name]:
            del self._rows.images[image]
        for report in [report for report in self._rows.reports if report[0] == name]:
            del self._rows.reports[report]
        for agent in [agent for agent in self._rows.agents if agent[0] == name]:
            del self._rows.agents[agent]
        for digest in [one for one, code in self._rows.join_codes.items() if code[0] == name]:
            del self._rows.join_codes[digest]
        forget_readers(self._rows, lambda reader: reader.environment == name)

    def page(self, last: str, limit: int) -> list[EnvironmentState]:
        return [state for name, state in self._sorted() if name > last][:limit]

    def running(self, repository: RepositoryName) -> list[EnvironmentState]:
        return [one for name, one in self._sorted() if (name, repository) in self._rows.images]

    def after(self, name: str) -> list[EnvironmentState]:
        return [one for _, one in self._sorted() if one.declared.promote_from == name]

    def due(self, now: int, limit: int) -> list[EnvironmentState]:
        times = [(one.look_at, name) for name, one in self._sorted() if one.look_at is not None]
        due = sorted((at, name) for at, name in times if at <= now)
        return [self._rows.environments[name] for _, name in due][:limit]

    def _sorted(self) -> list[tuple[str, EnvironmentState]]:
        return sorted(self._rows.environments.items())


class ImageStates:
    def __init__(self, rows: Rows) -> None:
        self._states = rows.images

    def put(self, state: ImageState) -> None:
        self._states[state.environment, state.repository] = state

    def find(self, environment: str, repository: RepositoryName) -> ImageState | None:
        return self._states.get((environment, repository))

    def of(self, environment: str) -> list[ImageState]:
        found = sorted(self._states.items(), key=lambda item: item[0])
        return [state for place, state in found if place[0] == environment]

    def remove(self, environment: str, repository: RepositoryName) -> None:
        self._states.pop((environment, repository), None)


class Deployments:
    def __init__(self, rows: Rows) -> None:
        self._deployments = rows.deployments
        self._last_ids = rows.last_ids

    def add(self, deployment: Deployment) -> Deployment:
        number = self._last_ids.get("deployments", 0) + 1
        self._last_ids["deployments"] = number
        self._deployments[number] = deployment._replace(id=number)
        return self._deployments[number]

    def find(self, number: int) -> Deployment | None:
        return self._deployments.get(number)

    def conclude(self, deployment: Deployment) -> None:
        self._deployments[deployment.id] = self._deployments[deployment.id]._replace(
            outcome=deployment.outcome,
            healthy_at=deployment.healthy_at,
            failed_at=deployment.failed_at,
            ended_at=deployment.ended_at,
        )

    def latest(
        self, environment: str, repository: RepositoryName, before: int | None, limit: int
    ) -> list[Deployment]:
        found = self._of(environment, repository)
        return [each for each in found if before is None or each.id < before][:limit]

    def of_digest(
        self, environment: str, repository: RepositoryName, digest: Digest
    ) -> list[Deployment]:
        return [each for each in self._of(environment, repository) if each.digest == digest]

    def _of(self, environment: str, repository: RepositoryName) -> list[Deployment]:
        place = environment, repository
        found = self._deployments.values()
        mine = [each for each in found if (each.environment, each.repository) == place]
        return sorted(mine, key=lambda each: -each.id)


class Decisions:
    def __init__(self, rows: Rows) -> None:
        self._decisions = rows.decisions
        self._last_ids = rows.last_ids

    def add(self, decision: Decision) -> None:
        number = self._last_ids.get("decisions", 0) + 1
        self._last_ids["decisions"] = number
        self._decisions[number] = decision._replace(id=number)

    def latest(self, environment: str, before: int | None, limit: int) -> list[Decision]:
        found = [each for each in self._decisions.values() if each.environment == environment]
        below = [each for each in found if before is None or each.id < before]
        return sorted(below, key=lambda each: -each.id)[:limit]


class Reports:
    def __init__(self, rows: Rows) -> None:
        self._reports = rows.reports

    def put(self, report: Report) -> None:
        self._reports[report.environment, report.host, report.service] = report

    def of(self, environment: str) -> list[Report]:
        return [one for place, one in sorted(self._reports.items()) if place[0] == environment]

    def remove(self, environment: str, host: str) -> bool:
        mine = [place for place in self._reports if place[:2] == (environment, host)]
        for place in mine:
            del self._reports[place]
        return bool(mine)
