"""Issuers and their keys: asked seldom, found again when they change, and never trusted blindly."""

import asyncio
import json

import pytest

from longshore.credentials import issuers, jwks
from longshore.credentials.issuers import ASK_EVERY, FRESH, FRESHEST, GOOD, STALEST
from longshore.credentials.oidc import OIDCIdentityTokens
from longshore.registry.credentials import IdentityTokens
from tests.credentials.believing import NOW, refusal
from tests.credentials.issuer import AUDIENCE, DISCOVERY, KEYS, Answer, Issuer, signing_key


class Time:
    """A clock that a test moves; seconds."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now

    def advance(self, seconds: float) -> None:
        self.now += seconds


@pytest.fixture
def clock() -> Time:
    return Time()


@pytest.fixture
def tokens(clock: Time) -> IdentityTokens:
    """Waits as long as it takes, as far as a test is concerned."""
    return OIDCIdentityTokens(patience=60, clock=clock)


async def believe(tokens: IdentityTokens, issuer: Issuer, token: str | None = None) -> None:
    await tokens.verify(token or issuer.token(), issuer.url, AUDIENCE, NOW)


async def test_keys_are_kept_for_a_while(
    issuer: Issuer, tokens: IdentityTokens, clock: Time
) -> None:
    for _ in range(3):
        await believe(tokens, issuer)
    assert issuer.fetches == {DISCOVERY: 1, KEYS: 1}
    clock.advance(FRESH)
    for _ in range(3):
        await believe(tokens, issuer)
    assert issuer.fetches == {DISCOVERY: 2, KEYS: 2}


@pytest.mark.parametrize(
    ("cache_control", "seconds"),
    [
        ("max-age=300", 300),
        ("public, MAX-AGE=300, must-revalidate", 300),
        ("max-age=1", FRESHEST),
        ("max-age=0", FRESHEST),
        ("no-store", FRESHEST),
        ("no-cache, max-age=300", FRESHEST),
        ("max-age=999999999", STALEST),
        ("max-age=99999999999", FRESH),
        ("s-maxage=5", FRESH),
        ("max-age=-5", FRESH),
        ("max-age=", FRESH),
        ("", FRESH),
    ],
)
async def test_an_issuer_says_how_long_within_bounds(
    cache_control: str, seconds: float, issuer: Issuer, tokens: IdentityTokens, clock: Time
) -> None:
    keys = json.dumps({"keys": issuer.published()}).encode()
    issuer.lie(KEYS, Answer(200, keys, (("Cache-Control", cache_control),)))
    await believe(tokens, issuer)
    clock.advance(seconds - 1)
    await believe(tokens, issuer)
    assert issuer.fetches[KEYS] == 1
    clock.advance(1)
    await believe(tokens, issuer)
    assert issuer.fetches[KEYS] == 2


async def test_a_key_that_is_new_is_found_at_once_and_the_old_one_is_gone(
    issuer: Issuer, tokens: IdentityTokens, clock: Time
) -> None:
    old = issuer.token()
    await believe(tokens, issuer, old)
    issuer.rotate()
    clock.advance(ASK_EVERY)
    await believe(tokens, issuer)
    assert issuer.fetches[KEYS] == 2
    assert await refusal(tokens, old, issuer) == "the issuer has no such key"


async def test_an_old_key_is_gone_when_the_keys_are_no_longer_fresh(
    issuer: Issuer, tokens: IdentityTokens, clock: Time
) -> None:
    old = issuer.token()
    await believe(tokens, issuer, old)
    issuer.rotate()
    clock.advance(FRESH)
    assert await refusal(tokens, old, issuer) == "the issuer has no such key"


async def test_a_flood_of_unknown_keys_asks_no_more_often(
    issuer: Issuer, tokens: IdentityTokens, clock: Time
) -> None:
    await believe(tokens, issuer)
    for number in range(100):
        made_up = issuer.token(headers={"kid": f"made-up-{number}"})
        assert await refusal(tokens, made_up, issuer) == "the issuer has no such key"
        clock.advance(ASK_EVERY / 50)
    assert issuer.fetches[KEYS] <= 3
    await believe(tokens, issuer)


async def test_all_who_come_at_once_share_an_answer(issuer: Issuer, tokens: IdentityTokens) -> None:
    with issuer.held():
        builds = [asyncio.create_task(believe(tokens, issuer)) for _ in range(20)]
        await asyncio.to_thread(issuer.wait_until_asked, DISCOVERY, 1)
    await asyncio.gather(*builds)
    assert issuer.fetches == {DISCOVERY: 1, KEYS: 1}


async def test_who_gives_up_leaves_the_others_their_answer(
    issuer: Issuer, tokens: IdentityTokens
) -> None:
    with issuer.held():
        first, second = (asyncio.create_task(believe(tokens, issuer)) for _ in range(2))
        await asyncio.to_thread(issuer.wait_until_asked, DISCOVERY, 1)
        first.cancel()
        with pytest.raises(asyncio.CancelledError):
            await first
    await second
    assert issuer.fetches == {DISCOVERY: 1, KEYS: 1}


async def test_a_key_that_is_known_waits_for_nobody(
    issuer: Issuer, tokens: IdentityTokens, clock: Time
) -> None:
    await believe(tokens, issuer)
    clock.advance(ASK_EVERY)
    with issuer.held():
        made_up = issuer.token(headers={"kid": "made up"})
        waiting = asyncio.create_task(refusal(tokens, made_up, issuer))
        await asyncio.to_thread(issuer.wait_until_asked, DISCOVERY, 2)
        await believe(tokens, issuer)
        assert not waiting.done()
    assert await waiting == "the issuer has no such key"


async def test_keys_go_on_for_hours_when_the_issuer_is_down(
    issuer: Issuer, tokens: IdentityTokens, clock: Time
) -> None:
    await believe(tokens, issuer)
    issuer.fail()
    clock.advance(GOOD - 1)
    await believe(tokens, issuer)
    clock.advance(1)
    reason = await refusal(tokens, issuer.token(), issuer)
    assert (
        reason == f"the issuer can not be asked for its keys: {issuer.url}{DISCOVERY} answers 503"
    )
    issuer.tell_the_truth()
    clock.advance(ASK_EVERY)
    await believe(tokens, issuer)


async def test_an_issuer_that_is_down_is_asked_no_more_often(
    issuer: Issuer, tokens: IdentityTokens, clock: Time
) -> None:
    issuer.fail()
    for _ in range(50):
        assert "503" in await refusal(tokens, issuer.token(), issuer)
    assert issuer.fetches == {DISCOVERY: 1}
    issuer.tell_the_truth()
    clock.advance(ASK_EVERY)
    await believe(tokens, issuer)


async def test_an_issuer_that_answers_slowly_is_given_up(issuer: Issuer) -> None:
    tokens = OIDCIdentityTokens(patience=0.05)
    with issuer.held():
        assert "in time" in await refusal(tokens, issuer.token(), issuer)


async def test_an_issuer_that_is_not_there(tokens: IdentityTokens) -> None:
    with Issuer(lambda: NOW) as gone:
        token = gone.token()
    assert "can not be reached" in await refusal(tokens, token, gone)


KEYS_OF_OTHERS = Answer.of({"keys": [signing_key("RSA", 5).public()]})


@pytest.mark.parametrize("path", [DISCOVERY, KEYS])
@pytest.mark.parametrize(
    "answer",
    [
        Answer(200, b""),
        Answer(200, b"{"),
        Answer(200, b"[]"),
        Answer(200, b"null"),
        Answer(200, b"\xff\xfe{\0}\0"),
        Answer(200, b"[" * 100_000),
        Answer(200, b'{"keys": NaN}'),
        Answer(200, b"<html></html>", (("Content-Type", "text/html"),)),
        Answer(200, b" " * (issuers.LIMIT + 1)),
        Answer(200, b"{}", (("Content-Encoding", "gzip"), ("X", "{}"))),
        Answer(204),
        Answer(304),
        Answer(404, b"{}"),
        Answer(500, b"{}"),
        Answer.of({}),
        Answer.of({"keys": []}),
        Answer.of({"keys": [{}] * (jwks.LIMIT + 1)}),
        KEYS_OF_OTHERS,
    ],
    ids=lambda answer: (
        f"{answer.status} {answer.body[:12]!r}" if isinstance(answer, Answer) else ""
    ),
)
async def test_an_answer_that_is_none_is_refused(
    path: str, answer: Answer, issuer: Issuer, tokens: IdentityTokens
) -> None:
    issuer.lie(path, answer)
    await refusal(tokens, issuer.token(), issuer)


@pytest.mark.parametrize("path", [DISCOVERY, KEYS])
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_nobody_is_sent_elsewhere(
    path: str, status: int, issuer: Issuer, tokens: IdentityTokens
) -> None:
    with Issuer(lambda: NOW) as other:
        issuer.lie(path, Answer(status, b"", (("Location", f"{other.url}{path}"),)))
        assert f"answers {status}" in await refusal(tokens, issuer.token(), issuer)
        assert other.fetches.total() == 0


@pytest.mark.parametrize(
    "place",
    [
        None,
        7,
        "",
        "/keys",
        "keys",
        "http://issuer.acme.test/keys",
        "http://169.254.169.254/latest/meta-data",
        "file:///etc/passwd",
        "https://alice@issuer.acme.test/keys",
        "http://127.0.0.1:80@issuer.acme.test/keys",
        "http://127.0.0.1:99999/keys",
        "https://issuer..acme.test/keys",
    ],
)
async def test_keys_come_from_safe_places_only(
    place: object, issuer: Issuer, tokens: IdentityTokens
) -> None:
    issuer.lie(DISCOVERY, Answer.of(issuer.discovery() | {"jwks_uri": place}))
    assert "can not be asked" in await refusal(tokens, issuer.token(), issuer)
    assert issuer.fetches == {DISCOVERY: 1}


@pytest.mark.parametrize("named", [None, "", "https://issuer.acme.test", ["self"]])
async def test_a_document_of_another_issuer_is_none(
    named: object, issuer: Issuer, tokens: IdentityTokens
) -> None:
    issuer.lie(DISCOVERY, Answer.of(issuer.discovery() | {"issuer": named}))
    assert "another issuer's" in await refusal(tokens, issuer.token(), issuer)
    issuer.lie(DISCOVERY, Answer.of(issuer.discovery() | {"issuer": issuer.url + "/"}))
    assert "another issuer's" in await refusal(OIDCIdentityTokens(), issuer.token(), issuer)


async def test_an_issuer_may_end_with_a_slash(issuer: Issuer, tokens: IdentityTokens) -> None:
    url = issuer.url + "/"
    issuer.lie(DISCOVERY, Answer.of(issuer.discovery() | {"issuer": url}))
    await tokens.verify(issuer.token(iss=url), url, AUDIENCE, NOW)


@pytest.mark.parametrize("url", ["http://issuer.acme.test", "ftp://issuer.acme.test", "", "issuer"])
async def test_an_issuer_that_others_can_speak_for_is_not_asked(
    url: str, issuer: Issuer, tokens: IdentityTokens
) -> None:
    issuer.url = url
    assert "neither https nor" in await refusal(tokens, issuer.token(), issuer)
