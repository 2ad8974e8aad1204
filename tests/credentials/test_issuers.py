"""Issuers and their keys: asked seldom, found again when they change, and never trusted blindly."""

import asyncio
import json

import pytest

from longshore.credentials.issuers import ASK_EVERY, FRESH, FRESHEST, GOOD, STALEST
from longshore.credentials.oidc import OIDCIdentityTokens
from longshore.registry.credentials import IdentityTokens
from tests.credentials.believing import NOW, Time, believe, refusal
from tests.credentials.issuer import DISCOVERY, KEYS, Answer, Issuer


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
