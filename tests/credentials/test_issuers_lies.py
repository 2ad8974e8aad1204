"""Issuers that answer as they should not: nothing they say is taken for keys."""

import json

import pytest

from longshore.credentials import issuers, jwks
from longshore.credentials.issuers import ASK_EVERY
from longshore.credentials.oidc import OIDCIdentityTokens
from longshore.registry.credentials import IdentityTokens
from tests.credentials.believing import NOW, Time, believe, refusal
from tests.credentials.issuer import AUDIENCE, DISCOVERY, KEYS, Answer, Issuer, signing_key

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
async def test_a_huge_document_is_refused_though_it_is_right(
    path: str, issuer: Issuer, tokens: IdentityTokens, clock: Time
) -> None:
    right = json.dumps(issuer.discovery() | {"keys": issuer.published()}).encode()
    issuer.lie(path, Answer(200, right.ljust(issuers.LIMIT + 1)))
    assert f"{path} answers with more than" in await refusal(tokens, issuer.token(), issuer)
    issuer.lie(path, Answer(200, right.ljust(issuers.LIMIT)))
    clock.advance(ASK_EVERY)
    await believe(tokens, issuer)


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
    assert "neither by https nor" in await refusal(tokens, issuer.token(), issuer)
