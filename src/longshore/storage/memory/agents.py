"""Agents and codes to join in memory. Implements the ports of those names in `delivery.ports`."""

from __future__ import annotations

from longshore.delivery.environments.records import Agent, JoinCode
from longshore.storage.memory.rows import Rows


class Agents:
    def __init__(self, rows: Rows) -> None:
        self._agents = rows.agents

    def put(self, agent: Agent) -> None:
        self._agents[agent.environment, agent.host] = agent

    def find(self, environment: str, host: str) -> Agent | None:
        return self._agents.get((environment, host))

    def of(self, environment: str) -> list[Agent]:
        return [one for place, one in sorted(self._agents.items()) if place[0] == environment]

    def remove(self, environment: str, host: str) -> bool:
        return self._agents.pop((environment, host), None) is not None

    def silent(self, before: int, limit: int) -> list[Agent]:
        found = [
            (agent.seen_at, agent)
            for agent in self._agents.values()
            if agent.seen_at is not None and agent.seen_at < before and agent.lost_at is None
        ]
        return [agent for _, agent in sorted(found)[:limit]]


class JoinCodes:
    def __init__(self, rows: Rows) -> None:
        self._codes = rows.join_codes

    def add(self, code: JoinCode, digest: str) -> None:
        self._codes[digest] = code

    def take(self, digest: str) -> JoinCode | None:
        return self._codes.pop(digest, None)

    def remove_expired(self, before: int) -> None:
        for digest in [one for one, code in self._codes.items() if code.expires_at <= before]:
            del self._codes[digest]
