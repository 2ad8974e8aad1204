"""The time at which a test's issuer signs, and whether its tokens are believed."""

import pytest

from longshore.registry.credentials import IdentityTokens, TokenInvalid
from tests.credentials.issuer import AUDIENCE, Issuer

NOW = 1_750_000_000


class Time:
    """A clock that a test moves; seconds."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now

    def advance(self, seconds: float) -> None:
        self.now += seconds


async def believe(tokens: IdentityTokens, issuer: Issuer, token: str | None = None) -> None:
    await tokens.verify(token or issuer.token(), issuer.url, AUDIENCE, NOW)


async def refusal(
    tokens: IdentityTokens,
    token: str,
    issuer: Issuer,
    *,
    audience: str = AUDIENCE,
    now: int | None = None,
) -> str:
    with pytest.raises(TokenInvalid) as caught:
        await tokens.verify(token, issuer.url, audience, NOW if now is None else now)
    return str(caught.value)
