"""How events are told in a sentence."""

import pytest

from longshore.delivery.notifications.events import (
    OF_ENVIRONMENTS,
    OF_TAGS,
    Event,
    Kind,
    Message,
    sentence,
)

NEW, OLD = f"sha256:{'a' * 64}", f"sha256:{'b' * 64}"
STAGING = {"environment": "staging", "repository": "team/app", "tag": "1.0"}


@pytest.mark.parametrize(
    ("event", "told"),
    [
        (
            Event(Kind.TAG_MOVED, "team/app", "1.0", NEW, OLD),
            "team/app:1.0 (sha256:aaaaaaaaaaaa) has moved, from sha256:bbbbbbbbbbbb",
        ),
        (
            Event(Kind.TAG_MOVED, "team/app", "1.0", NEW),
            "team/app:1.0 (sha256:aaaaaaaaaaaa) is new",
        ),
        (
            Event(Kind.TAG_DELETED, "team/app", "1.0", former=OLD),
            "team/app:1.0 was deleted",
        ),
        (
            Event(Kind.DEPLOYED, **STAGING, digest=NEW),
            "staging: team/app:1.0 (sha256:aaaaaaaaaaaa) runs, and is healthy",
        ),
        (
            Event(Kind.FAILED, **STAGING, reason="it exits with 1"),
            "staging: team/app:1.0 has failed: it exits with 1",
        ),
        (
            Event(Kind.ROLLED_BACK, "team/app", digest=OLD, environment="staging"),
            "staging: it goes back to team/app (sha256:bbbbbbbbbbbb)",
        ),
        (
            Event(Kind.AWAITING_APPROVAL, **STAGING),
            "staging: team/app:1.0 awaits approval",
        ),
        (
            Event(Kind.AGENT_LOST, environment="staging", host="host-1"),
            "staging: nothing is heard from the agent on host-1",
        ),
        (Event(Kind.TEST), "this is a test: notifications arrive here"),
    ],
)
def test_each_kind_is_told(event: Event, told: str) -> None:
    assert sentence(Message("id", 0, "system", event)) == told
    assert sentence(Message("id", 0, "alice", event)) == f"{told} (by alice)"


def test_a_sentence_is_one_line_that_moves_no_cursor() -> None:
    event = Event(Kind.FAILED, **STAGING, reason="bad\r\nSubject: x\x1b[2J\x00 end")
    told = sentence(Message("id", 0, "", event))
    assert told == "staging: team/app:1.0 has failed: bad Subject: x [2J end"


def test_every_kind_but_a_test_is_of_tags_or_of_environments() -> None:
    assert set(Kind) - {Kind.TEST} == OF_TAGS | OF_ENVIRONMENTS
    assert not OF_TAGS & OF_ENVIRONMENTS
