"""Somebody who says what is due, in memory, and a memory of it.

Answers at once: waiting is what a test does. Whoever asks once too often is at the end.
"""

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field

from longshore.agent.ports import Due, Report, Unreachable


@dataclass
class Desk:
    """Answers each question with the next of `answers`; None is that there is nothing new."""

    answers: list[Due | Unreachable | None]
    end: threading.Event = field(default_factory=threading.Event)
    asked: list[int | None] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    told: list[dict[str, Report]] = field(default_factory=list)
    deaf: int = 0
    due: Due | None = None

    def wait(self, known: int | None, seconds: float) -> Due | None:
        assert seconds > 0
        self.asked.append(known)
        if not self.answers:
            self.end.set()
            raise Unreachable("there is no more to say")
        answer = self.answers.pop(0)
        if isinstance(answer, Unreachable):
            raise answer
        return answer

    def report(self, reports: Sequence[Report]) -> None:
        if self.deaf:
            self.deaf -= 1
            raise Unreachable("the server does not answer")
        self.told.append({report.service: report for report in reports})

    def read(self) -> Due | None:
        return self.due

    def write(self, due: Due) -> None:
        self.due = due
