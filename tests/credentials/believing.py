"""The time at which a test's issuer signs, and what its tokens are refused for."""

import pytest

from longshore.registry.credentials import IdentityTokens, TokenInvalid
from tests.credentials.issuer import AUDIENCE, Issuer

NOW = 1_750_000_000


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
