"""Fuzzing what reads tokens: whatever was changed, it is refused, and in words."""

import asyncio
import time
from collections.abc import Sequence
from contextlib import suppress

from hypothesis import given
from hypothesis import strategies as st

from longshore.credentials.oidc import OIDCIdentityTokens
from longshore.registry import secrets
from longshore.registry.credentials import TokenInvalid
from tests.credentials.forging import AUDIENCE, KEY, NOW, TOKEN, TOKENS
from tests.credentials.issuer import ALGORITHMS, Issuer
from tests.fuzz.test_requests import Edit, edits, examples

CHANGES = st.lists(edits(), min_size=1, max_size=4)


def changed(token: str, changes: Sequence[Edit]) -> str:
    data = token.encode()
    for change in changes:
        data = change(data)
    return data.decode("latin-1")


def segments(*tokens: str) -> st.SearchStrategy[str]:
    """Headers, claims and signatures of good tokens, put together as it pleases."""
    parts = [part for token in tokens for part in token.split(".")]
    return st.lists(st.sampled_from(parts), min_size=1, max_size=4).map(".".join)


def test_tokens_of_this_registry(depth: int) -> None:
    other = TOKENS.sign(TOKENS.read(TOKEN, [KEY], AUDIENCE, NOW)._replace(subject="root"), KEY)

    @examples(1500 * depth)
    @given(st.sampled_from([TOKEN, other]) | segments(TOKEN, other), CHANGES)
    def explore(token: str, changes: Sequence[Edit]) -> None:
        found = changed(token, changes)
        with suppress(TokenInvalid):
            TOKENS.read(found, [KEY], AUDIENCE, NOW)
            assert found in {TOKEN, other}

    explore()


def test_identity_tokens(depth: int) -> None:
    now = int(time.time())
    with Issuer(lambda: now) as issuer, asyncio.Runner() as runner:
        good = [issuer.token(alg=algorithm) for algorithm in ALGORITHMS]
        tokens = OIDCIdentityTokens()

        @examples(500 * depth)
        @given(st.sampled_from(good) | segments(*good), CHANGES)
        def explore(token: str, changes: Sequence[Edit]) -> None:
            found = changed(token, changes)
            assert tokens.issuer_of(found) is None or "." in found
            with suppress(TokenInvalid):
                runner.run(tokens.verify(found, issuer.url, "longshore", now))
                assert found in good

        explore()


def test_secrets(depth: int) -> None:
    good = {secrets.new(kind) for kind in secrets.Kind}

    @examples(500 * depth)
    @given(st.sampled_from(sorted(good)), CHANGES)
    def explore(secret: str, changes: Sequence[Edit]) -> None:
        found = changed(secret, changes)
        assert secrets.is_wellformed(found) == (found in good)

    explore()
