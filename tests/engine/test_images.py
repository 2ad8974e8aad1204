"""What an engine reports of a push, as engines have written it, and what is made of it."""

from typing import Any

import pytest

from longshore.engine.errors import EngineError, PushDenied
from longshore.engine.images import Pushing, follow, login_of

DIGEST = f"sha256:{'5d' * 32}"
OLD: list[dict[str, Any]] = [
    {"status": "The push refers to repository [127.0.0.1:5000/app]"},
    {"status": "Preparing", "progressDetail": {}, "id": "845af6ff04c8"},
    {"status": "Pushing", "progressDetail": {"current": 512, "total": 1000}, "id": "845af6ff04c8"},
    {"status": "Pushing", "progressDetail": {"current": 1536}, "id": "845af6ff04c8"},
    {"status": "Pushed", "progressDetail": {}, "id": "845af6ff04c8"},
    {"status": "Layer already exists", "progressDetail": {}, "id": "5cbeed1b4ede"},
    {"status": "Mounted from base", "progressDetail": {}, "id": "c124814f3120"},
    {"status": f"latest: digest: {DIGEST} size: 953"},
    {"progressDetail": {}, "aux": {"Tag": "latest", "Digest": DIGEST, "Size": 953}},
]


def test_each_layer_is_told_of_and_the_digest_is_what_the_push_came_to() -> None:
    told: list[Pushing] = []
    assert follow(iter(OLD), told.append) == DIGEST
    assert told == [
        Pushing("planned", "845af6ff04c8", 0, 0),
        Pushing("moving", "845af6ff04c8", 512, 1000),
        Pushing("moving", "845af6ff04c8", 1536, 1536),
        Pushing("copied", "845af6ff04c8", 0, 1536),
        Pushing("present", "5cbeed1b4ede", 0, 0),
        Pushing("mounted", "c124814f3120", 0, 0),
    ]


def test_the_current_engine_says_the_digest_in_words_only() -> None:
    assert follow(iter([{"status": f"1.0: digest: {DIGEST} size: 988"}]), lambda _: None) == DIGEST


@pytest.mark.parametrize(
    ("message", "kind"),
    [
        ("denied: 1.0.5 exists with other content", PushDenied),
        ("unauthorized: authentication required", PushDenied),
        ("push access denied", PushDenied),
        ('Get "http://127.0.0.1:1/v2/": dial tcp 127.0.0.1:1: connection refused', EngineError),
    ],
)
def test_an_error_among_the_reports_is_one(message: str, kind: type[EngineError]) -> None:
    reports = [*OLD[:3], {"error": message, "errorDetail": {"message": message}}]
    with pytest.raises(kind) as told:
        follow(iter(reports), lambda _: None)
    assert type(told.value) is kind
    assert str(told.value) == f"Docker Engine: {message}"


def test_a_push_that_ends_without_a_digest_has_not_been_one() -> None:
    with pytest.raises(EngineError, match="does not say what it pushed"):
        follow(iter(OLD[:3]), lambda _: None)


def test_a_login_is_written_as_the_engines_api_has_it() -> None:
    assert login_of("example.com") == {}
    assert login_of("example.com", "ci", "secret") == {
        "username": "ci",
        "password": "secret",
        "serveraddress": "example.com",
    }
    assert login_of("example.com", "", "", "token") == {
        "identitytoken": "token",
        "serveraddress": "example.com",
    }
