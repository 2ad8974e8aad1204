"""A server as the one who says what is due, over the management API.

Decides how its words become releases of images at that server's registry, and reports its words.
Whatever it answers that is not an answer is for a later time: what runs goes on.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from longshore.agent.ports import Asked, Due, Question, Report, Unreachable
from longshore.client.errors import ClientError
from longshore.client.management import Management, place
from longshore.delivery.rollouts.release import Release
from longshore.delivery.rollouts.services import Service
from longshore.oci.errors import OCIError
from longshore.registry.refusals import Refusal


class Wanted(msgspec.Struct):
    """A service, and the image that it is to run: the digest of its repository."""

    service: Service
    digest: str
    deployment: int


class Answer(msgspec.Struct):
    """All that is to run."""

    generation: int
    services: list[Wanted]


class LogQuestions(msgspec.Struct):
    """What is asked of this host's logs."""

    number: int
    questions: list[Question]


class _Me(msgspec.Struct):
    name: str


class Server:
    """An environment, as one of its hosts asks for it."""

    def __init__(self, management: Management, registry: str, environment: str, host: str) -> None:
        """`registry` is the server's name in images, and `host` this machine's in reports."""
        self._management = management
        self._registry = registry
        self._path = f"/environments{place(environment)}"
        self.place = f"{environment}/{host}"
        self._host = host

    def wait(self, known: int | None, seconds: float) -> Due | None:
        with _answers():
            told = self._ask("GET", "desired", host=self._host, generation=known, wait=int(seconds))
            if told is None:
                return None
            answer = msgspec.convert(told, Answer)
            releases = self._releases(answer.services)
        return Due(answer.generation, releases)

    def report(self, reports: Sequence[Report]) -> None:
        services = [
            {
                "service": each.service,
                "deployment": each.number,
                "state": each.condition,
                "digest": each.image.rpartition("@")[2],
                "detail": each.detail,
            }
            for each in reports
        ]
        with _answers():
            self._ask("POST", "report", {"host": self._host, "services": services})

    def asked(self, known: int, seconds: float) -> Asked | None:
        with _answers():
            told = self._ask(
                "GET", "log-questions", host=self._host, known=known, wait=int(seconds)
            )
            if told is None:
                return None
            found = msgspec.convert(told, LogQuestions)
        return Asked(found.number, tuple(found.questions))

    def answer(self, number: int, content: bytes) -> None:
        body = {"host": self._host, "question": number, "content": content}
        with _answers():
            self._ask("POST", "log-answers", body)

    def name(self) -> str:
        """The account that asks; raises Unreachable."""
        with _answers():
            return msgspec.convert(self._management.ask("GET", "/me"), _Me).name

    def _releases(self, wanted: Sequence[Wanted]) -> tuple[Release, ...]:
        names = {each.service.name: each.service.container_name for each in wanted}
        return tuple(
            Release(
                each.service,
                f"{self._registry}/{each.service.image}@{each.digest}",
                each.deployment,
                names.get(each.service.shares_network_of or "", ""),
            )
            for each in wanted
        )

    def _ask(self, method: str, what: str, body: object = None, **query: object) -> Any:
        return self._management.ask(method, f"{self._path}/{what}", body, **query)


@contextlib.contextmanager
def _answers() -> Iterator[None]:
    """What is no answer meanwhile becomes Unreachable."""
    try:
        yield
    except (ClientError, OCIError, Refusal) as problem:
        raise Unreachable(str(problem)) from None
    except (msgspec.ValidationError, ValueError) as problem:
        raise Unreachable(f"the server's answer is not understood here: {problem}") from None
