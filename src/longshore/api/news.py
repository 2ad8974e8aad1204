"""What requests wait for: another thing to run, a question about logs, an answer to one."""

from __future__ import annotations

from longshore.api.waiting import Question
from longshore.delivery.environments import deploying, desired, logs

RUNNING = Question(deploying.version, desired.generations)
ASKED = Question(logs.asked_version, logs.newest)
ANSWERED = Question(logs.answered_version, logs.answered)
