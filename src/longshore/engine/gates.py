"""Gates: whether a container is well, asked until it is, until it can not be, or for a while.

Decides nothing of what it has to show, which is `delivery.rollouts.health`'s, but how it is asked:
the engine for its state and its HEALTHCHECK, the container itself over HTTP, from outside, at its
address in a network. Proxies and redirects count for nothing.
"""

from __future__ import annotations

import http.client
import time
from collections.abc import Iterator
from typing import Any

from longshore.delivery.rollouts.execution import StepFailed
from longshore.delivery.rollouts.health import Health, Probe
from longshore.engine.containers import Containers
from longshore.engine.inspection import Inspected, name_of, networks_of, shares_with

PAUSE = 0.1  # seconds between two looks at a container's state
TRIES = 3  # so many answers in a row have to be wrong while it is watched
ANSWER_LIMIT = 2000  # bytes
LOOPBACK = "127.0.0.1"

_NANOSECONDS = 1_000_000_000


def wait(containers: Containers, which: str, health: Health) -> None:
    """Return when it is well; raises StepFailed if it ends, restarts, or is not well in time."""
    first = _look(containers, which)
    restarts, began = first["RestartCount"], time.monotonic()
    deadline = began + health.deadline + _start_period(first)
    asked = _Asked(containers)
    for container in _looks(containers, which, deadline):
        _check_runs(container, restarts)
        checked = container["State"].get("Health", {}).get("Status", "none")
        if checked == "unhealthy":
            raise StepFailed("its HEALTHCHECK says unhealthy", _last_check(container))
        has_run = time.monotonic() - began >= health.running
        is_asked = health.http is not None or checked != "none"
        is_checked = checked in {"healthy", "none"} and (is_asked or has_run)
        if is_checked and (health.http is None or asked.ask(container, health.http)):
            return
    raise StepFailed(
        f"not healthy within {health.deadline:g} s",
        asked.answer or _last_check(_look(containers, which)),
    )


def watch(containers: Containers, which: str, health: Health) -> None:
    """Return when it was well for as long as it is watched; raises StepFailed if it is not."""
    restarts = _look(containers, which)["RestartCount"]
    asked, wrong = _Asked(containers), 0
    for container in _looks(containers, which, time.monotonic() + health.watch):
        _check_runs(container, restarts)
        if container["State"].get("Health", {}).get("Status") == "unhealthy":
            raise StepFailed("its HEALTHCHECK turned unhealthy", _last_check(container))
        if health.http is not None:
            wrong = 0 if asked.ask(container, health.http) else wrong + asked.was_asked
            if wrong >= TRIES:
                raise StepFailed("it no longer answers as it has to", asked.answer)


def wait_for_end(containers: Containers, which: str, seconds: float) -> None:
    """Return when it has ended with 0; raises StepFailed if it ends otherwise, or not in time."""
    for container in _looks(containers, which, time.monotonic() + seconds):
        state = container["State"]
        if not state["Running"] and state["Status"] != "restarting":
            if state["ExitCode"]:
                raise StepFailed(_end(state))
            return
    raise StepFailed(f"has not ended within {seconds:g} s")


class _Asked:
    """Asks a container over HTTP, no more often than its probe says."""

    def __init__(self, containers: Containers) -> None:
        self._containers = containers
        self.answer = ""
        self.was_asked = False
        self._is_right = False
        self._next = 0.0

    def ask(self, container: Inspected, probe: Probe) -> bool:
        self.was_asked = time.monotonic() >= self._next
        if self.was_asked:
            self._next = time.monotonic() + probe.interval
            self._is_right, self.answer = _answer(self._placed(container), probe)
        return self._is_right

    def _placed(self, container: Inspected) -> Inspected:
        """The container whose network it is in, which is mostly itself."""
        shared = shares_with(container)
        return self._containers.get(shared) if shared else container


def _answer(container: Inspected, probe: Probe) -> tuple[bool, str]:
    address = _address(container)
    if not address:
        return False, f"{name_of(container)} has no address to ask at port {probe.port}"
    headers = {"Host": probe.host} if probe.host else {}
    asked = f"GET {probe.path} at port {probe.port} of {address}"
    connection = http.client.HTTPConnection(address, probe.port, timeout=probe.timeout)
    try:
        connection.request("GET", probe.path, headers=headers)
        reply = connection.getresponse()
        told = reply.read(ANSWER_LIMIT).decode(errors="replace")
    except (OSError, http.client.HTTPException) as problem:
        return False, f"{asked}: {str(problem) or type(problem).__name__}"
    finally:
        connection.close()
    return probe.accepts(reply.status), f"{asked}: {reply.status} {told}"


def _address(container: Inspected) -> str:
    """Where this machine reaches the ports of the container; empty if nowhere."""
    if container["HostConfig"]["NetworkMode"] == "host":
        return LOOPBACK
    for network in networks_of(container).values():
        if address := network.get("IPAddress") or network.get("GlobalIPv6Address"):
            return str(address)
    return ""


def _looks(containers: Containers, which: str, deadline: float) -> Iterator[Inspected]:
    """The container again and again, at least once, until the deadline."""
    while True:
        yield _look(containers, which)
        if time.monotonic() >= deadline:
            return
        time.sleep(PAUSE)


def _look(containers: Containers, which: str) -> Inspected:
    found = containers.find(which)
    if found is None:
        raise StepFailed("the container is gone")
    return found


def _check_runs(container: Inspected, restarts: int) -> None:
    state = container["State"]
    if not state["Running"] or state.get("Restarting"):
        raise StepFailed(_end(state))
    if container["RestartCount"] > restarts:
        raise StepFailed("the container ended, and was started again")


def _end(state: dict[str, Any]) -> str:
    killed = ", killed for want of memory" if state.get("OOMKilled") else ""
    error = f": {state['Error']}" if state.get("Error") else ""
    return f"the container ended with {state['ExitCode']}{killed}{error}"


def _last_check(container: Inspected) -> str:
    log = container["State"].get("Health", {}).get("Log") or []
    return str(log[-1].get("Output", ""))[:ANSWER_LIMIT] if log else ""


def _start_period(container: Inspected) -> float:
    """How long failures of its HEALTHCHECK count for nothing, which no deadline may undercut."""
    check = container["Config"].get("Healthcheck") or {}
    return float(check.get("StartPeriod") or 0) / _NANOSECONDS
