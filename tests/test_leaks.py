"""Whatever a run of the tests plants is told from all else."""

import base64

import pytest

from longshore.credentials.passwords import Argon2Passwords
from longshore.credentials.tokens import JWTTokens
from longshore.registry.credentials import Claims, Key
from longshore.registry.secrets import Kind, new
from tests import leaks

PASSWORD = f"{leaks.PLANTED}-password"


@pytest.mark.parametrize(
    ("kind", "secret"),
    [
        ("a password", PASSWORD),
        ("a secret", new(Kind.ROBOT)),
        ("a secret", new(Kind.REFRESH)),
        ("a hash", Argon2Passwords().hash(PASSWORD)),
        (
            "a token",
            JWTTokens("test").sign(Claims("alice", "here", 1, 2, ()), Key("id", bytes(32))),
        ),
        ("a password, encoded", f"Basic {base64.b64encode(f'a:{PASSWORD}'.encode()).decode()}"),
    ],
    ids=["password", "robot", "refresh", "hash", "token", "header"],
)
def test_a_secret_is_found(kind: str, secret: str) -> None:
    assert leaks.found(f'{{"event": "{secret}"}}') == [kind]
    with pytest.raises(AssertionError) as failure:
        leaks.check(f"before {secret} behind", "the log")
    assert secret not in str(failure.value)


def test_what_is_no_secret_is_left_alone() -> None:
    leaks.check('{"path": "/v2/a/manifests/eyJhbGciOi", "id": "lsr_short", "Basic": "realm"}', "")
