"""Fuzzing what reads tokens: whatever was changed, it is refused, and in words."""

import asyncio
import time
from contextlib import suppress
from random import Random

from longshore.credentials.oidc import OIDCIdentityTokens
from longshore.registry import secrets
from longshore.registry.credentials import TokenInvalid
from tests.credentials.forging import AUDIENCE, KEY, NOW, TOKEN, TOKENS
from tests.credentials.issuer import ALGORITHMS, Issuer
from tests.fuzz.chance import Make, either, lists, one_of
from tests.fuzz.edits import edits
from tests.fuzz.exploring import examples

CHANGES = edits(1, 4)


def changed(texts: Make[str]) -> Make[str]:
    """One of them, and something done to it."""
    return lambda chance: CHANGES(chance)(texts(chance).encode()).decode("latin-1")


def segments(*tokens: str) -> Make[str]:
    """Headers, claims and signatures of good tokens, put together as it pleases."""
    several = lists(one_of([part for token in tokens for part in token.split(".")]), 1, 4)
    return lambda chance: ".".join(several(chance))


def test_tokens_of_this_registry(depth: int) -> None:
    other = TOKENS.sign(TOKENS.read(TOKEN, [KEY], AUDIENCE, NOW)._replace(subject="root"), KEY)
    texts = changed(either(one_of([TOKEN, other]), segments(TOKEN, other)))

    @examples(4000 * depth)
    def explore(chance: Random) -> None:
        found = texts(chance)
        with suppress(TokenInvalid):
            TOKENS.read(found, [KEY], AUDIENCE, NOW)
            assert found in {TOKEN, other}

    explore()


def test_identity_tokens(depth: int) -> None:
    now = int(time.time())
    with Issuer(lambda: now) as issuer, asyncio.Runner() as runner:
        good = [issuer.token(alg=algorithm) for algorithm in ALGORITHMS]
        texts = changed(either(one_of(good), segments(*good)))
        tokens = OIDCIdentityTokens()

        @examples(500 * depth)
        def explore(chance: Random) -> None:
            found = texts(chance)
            assert tokens.issuer_of(found) is None or "." in found
            with suppress(TokenInvalid):
                runner.run(tokens.verify(found, issuer.url, "longshore", now))
                assert found in good

        explore()


def test_secrets(depth: int) -> None:
    good = {secrets.new(kind) for kind in secrets.Kind}
    texts = changed(one_of(sorted(good)))

    @examples(1500 * depth)
    def explore(chance: Random) -> None:
        found = texts(chance)
        assert secrets.is_wellformed(found) == (found in good)

    explore()
