"""Logs: what somebody asks of a service's lines is answered from the engine, sealed to who asks.

Decides what is answered where there is nothing to read, and how long a line is waited for. It goes
on beside rollouts, of which a service's log tells most while they last.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Sequence
from functools import partial
from typing import Protocol

from longshore.agent.polling import Polling
from longshore.agent.ports import Asked, Due, Memory, Question, Questions, Unreachable
from longshore.client.logs import Line, Told, seal
from longshore.delivery.environments.logs import MOST_LINES
from longshore.delivery.rollouts.execution import StepFailed, Unavailable
from longshore.delivery.rollouts.services import Service
from longshore.engine.inspection import Inspected
from longshore.engine.logs import SECOND, Written

LOOK_AGAIN = 0.5  # seconds between two looks for a line that is waited for


class Source(Protocol):
    """Where lines are: an engine."""

    def containers(self, service: Service) -> Sequence[Inspected]:
        """Those of a service that run, or the last that did; raises StepFailed, Unavailable."""

    def read(self, containers: Sequence[Inspected], tail: int, after: int) -> list[Written]:
        """The last lines of each, later than `after`; raises StepFailed, and Unavailable."""


class Listener:
    """Answers for one host, each question beside the others."""

    def __init__(self, questions: Questions, source: Source, memory: Memory) -> None:
        self._questions = questions
        self._source = source
        self._memory = memory

    def run(self, end: threading.Event) -> None:
        """Go on until somebody sets `end`."""
        polling: Polling[Asked] = Polling()  # the loop that keeps what is due says who is missed
        known = 0
        while not end.is_set():
            asked = polling.ask(partial(self._questions.asked, known), end)
            if asked is None:
                continue
            known = asked.number
            for question in asked.questions:
                threading.Thread(target=self.answer, args=(question, end), daemon=True).start()

    def answer(self, question: Question, end: threading.Event) -> None:
        """Tell whoever asks; who is not reached will ask again."""
        told = self._told(question, end)
        if told.problem and question.patience:  # or it would be asked for again at once
            end.wait(question.patience)
        with contextlib.suppress(Unreachable, ValueError):
            place = self._questions.place
            content = seal(told, question.key, place, question.most)
            self._questions.answer(question.id, content)

    def _told(self, question: Question, end: threading.Event) -> Told:
        service = _service(self._memory.read(), question.service)
        if service is None:
            return Told(problem=f"this host is not to run {question.service}")
        try:
            containers = self._source.containers(service)
            if not containers:
                return Told(
                    cursor=question.after or time.time_ns(),
                    problem=f"this host has no container of {question.service}",
                )
            return self._lines(containers, question, end)
        except (StepFailed, Unavailable) as problem:
            return Told(cursor=question.after, problem=str(problem))

    def _lines(
        self, containers: Sequence[Inspected], question: Question, end: threading.Event
    ) -> Told:
        """As they are now; as soon as there is one, where more are waited for."""
        began = time.time_ns()
        deadline = time.monotonic() + question.patience
        tail = MOST_LINES if question.after else question.tail
        after = question.after or (began - question.since * SECOND if question.since else 0)
        while True:
            found = self._source.read(containers, tail, after)
            if found or time.monotonic() >= deadline:
                break
            end.wait(LOOK_AGAIN)
        cursor = max([question.after or began, *(line.at for line in found)])
        lines = tuple(Line(*line) for line in found[max(0, len(found) - tail) :])
        return Told(lines, cursor, is_cut=bool(question.after) and len(found) >= tail)


def _service(due: Due | None, name: str) -> Service | None:
    services = [release.service for release in due.releases] if due else []
    return next((service for service in services if service.name == name), None)
