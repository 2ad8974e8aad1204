"""An issuer, and what reads its tokens, for whoever needs them."""

from collections.abc import Iterator

import pytest

from longshore.credentials.oidc import OIDCIdentityTokens
from longshore.registry.credentials import IdentityTokens
from tests.credentials.believing import NOW, Time
from tests.credentials.issuer import Issuer


@pytest.fixture
def issuer() -> Iterator[Issuer]:
    with Issuer(lambda: NOW) as issuer:
        yield issuer


@pytest.fixture
def clock() -> Time:
    return Time()


@pytest.fixture
def tokens(clock: Time) -> IdentityTokens:
    """Waits as long as it takes, as far as a test is concerned."""
    return OIDCIdentityTokens(patience=60, clock=clock)
