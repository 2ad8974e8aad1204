"""Passwords: verified by argon2id and bcrypt, at the same cost whether or not there is a hash."""

import argon2
import bcrypt
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from longshore.credentials import passwords
from longshore.credentials.passwords import Argon2Passwords
from longshore.registry.credentials import Passwords
from tests.depth import part

CHEAP = bcrypt.gensalt(4)
HASH = Argon2Passwords().hash("right")
LIGHT = argon2.PasswordHasher(1, 8, 1).hash("right", salt=bytes(16))  # is in names of tests


@pytest.fixture
def light(monkeypatch: pytest.MonkeyPatch) -> None:
    """For tests of what fits, and not of what that costs: a stand-in as light as can be."""
    stand_in = f"{LIGHT.rpartition('$')[0]}${'A' * 43}"
    monkeypatch.setattr(passwords, "_ARGON2_STAND_IN", stand_in)


def htpasswd(password: bytes, salt: bytes = CHEAP) -> str:
    """A hash as a file has it."""
    return bcrypt.hashpw(password[:72], salt).decode()


def test_a_password_fits_its_hash_and_no_other_does() -> None:
    found: Passwords = Argon2Passwords()
    for password in ("right", "", "pässwörd", "a\0b", "\ud800", "x" * 5000):
        hashed = found.hash(password)
        assert found.verify(password, hashed)
        assert not found.verify(password + "x", hashed)
        assert password == "" or password not in hashed


def test_each_hash_has_its_own_salt_and_says_its_costs() -> None:
    found = Argon2Passwords()
    assert found.hash("a") != found.hash("a")
    asked = argon2.extract_parameters(HASH)
    assert asked.type is argon2.Type.ID
    # OWASP's least: 19 MiB, two rounds, one thread.
    assert (asked.memory_cost, asked.time_cost, asked.parallelism) == (19456, 2, 1)
    assert (asked.salt_len, asked.hash_len) == (16, 32)


def test_hashes_of_other_costs_are_read() -> None:
    """What was hashed before the costs were raised is still good."""
    for costs in ((1, 8, 1), (3, 65536, 4)):
        hashed = argon2.PasswordHasher(*costs).hash("right")
        assert Argon2Passwords().verify("right", hashed)
        assert not Argon2Passwords().verify("wrong", hashed)


@pytest.mark.usefixtures("light")
@pytest.mark.parametrize("form", ["$2a$", "$2b$", "$2y$"])
def test_hashes_of_bcrypt_are_read(form: str) -> None:
    hashed = htpasswd(b"right").replace("$2b$", form)
    assert Argon2Passwords().verify("right", hashed)
    assert not Argon2Passwords().verify("wrong", hashed)


@pytest.mark.parametrize(
    ("password", "hashed"),
    [
        # Known answers of crypt_blowfish, which is in most systems.
        ("U*U", "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"),
        ("U*U*U", "$2a$05$XXXXXXXXXXXXXXXXXXXXXOAcXxm9kjPGEMsLznoKqmqw7tc8WCx4a"),
    ],
)
def test_hashes_that_others_made(password: str, hashed: str) -> None:
    assert Argon2Passwords().verify(password, hashed)


@pytest.mark.usefixtures("light")
def test_bcrypt_reads_72_bytes_of_a_password() -> None:
    """So do `htpasswd` and every server that reads its files: no login is lost by coming here."""
    hashed = htpasswd(b"x" * 100)
    assert Argon2Passwords().verify("x" * 100, hashed)
    assert Argon2Passwords().verify("x" * 72, hashed)
    assert not Argon2Passwords().verify("x" * 71, hashed)
    between = "x" * 71 + "é"  # its second byte is the first that is not read
    assert Argon2Passwords().verify(between, htpasswd(between.encode()))


@pytest.mark.usefixtures("light")
@pytest.mark.parametrize(
    "hashed",
    [
        "",
        "right",
        "$",
        "$2b$05$short",
        "$2b$99$" + "." * 53,
        "$2b$31$" + "." * 53,
        "$2b$03$" + "." * 53,
        "$2x$05$" + "." * 53,
        "$2b$\u0660\u0665$" + "." * 53,
        "$2b$05$" + "!" * 53,
        "$2b$05$" + "9" * 53,
        "$apr1$lZL6V/ci$eIMz/iKDkbtys/uU7LEK00",
        "{SHA}2PRZAyDhNDqRW2OUFwZQqPNdaSY=",
        "$argon2id$",
        "$argon2id$v=19$m=19456,t=2,p=1$AAAA$AAAA",
        "$argon2id$v=19$m=0,t=0,p=0$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAA",
        "$argon2id$v=19$m=-1,t=-1,p=-1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAA",
        "$argon2id$v=99$m=8,t=1,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAA",
        "$argon2id$v=19$m=4294967295,t=1,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAA",
        "$argon2id$v=19$m=8,t=4294967295,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAA",
        "$argon2id$v=19$m=8,t=1,p=1$é$é",
        "\ud800",
        LIGHT[:-1],
        LIGHT + "=",
        LIGHT.replace("$", "$$"),
    ],
    ids=lambda hashed: hashed[:30],  # salts are new with each run
)
def test_what_is_no_hash_fits_no_password(hashed: str) -> None:
    for password in ("right", "", hashed):
        assert Argon2Passwords().verify(password, hashed) is False


@pytest.mark.usefixtures("light")
@settings(
    max_examples=part(40),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    st.sampled_from([LIGHT, htpasswd(b"right")]),
    st.integers(0, 96),
    st.text(max_size=3),
    st.integers(0, 9),
)
def test_a_damaged_hash_never_raises(hashed: str, place: int, filling: str, gone: int) -> None:
    damaged = hashed[:place] + filling + hashed[place + gone :]
    assert Argon2Passwords().verify("wrong", damaged) is False


class Work:
    """What was computed, in the place of doing it: rounds of bcrypt, and hashes of argon2."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.bcrypt_rounds = 0
        self.argon2_hashes: list[str] = []
        monkeypatch.setattr(bcrypt, "checkpw", self._checkpw)
        monkeypatch.setattr(passwords, "_fits_argon2", self._fits_argon2)

    def _checkpw(self, password: bytes, hashed: bytes) -> bool:
        assert len(password) <= 72
        self.bcrypt_rounds += 2 ** int(hashed[4:6])
        return False

    def _fits_argon2(self, _: bytes, hashed: str) -> bool:
        self.argon2_hashes.append(hashed)
        return False


@pytest.mark.parametrize("highest", [0, 4, 10, 12])
def test_a_guess_costs_the_same_whoever_has_the_name(
    highest: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_use = [f"$2b${cost:02}${'.' * 53}" for cost in range(4, highest + 1)]
    for hashed in (None, HASH, "damaged", *in_use):
        work = Work(monkeypatch)
        assert not Argon2Passwords(lambda: highest).verify("guess", hashed)
        assert work.bcrypt_rounds == (2**highest if highest else 0)
        [computed] = work.argon2_hashes
        assert argon2.extract_parameters(computed) == argon2.extract_parameters(HASH)


def test_a_stand_in_takes_the_work_of_a_hash_and_fits_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A stand-in that is malformed would be refused at once, and tell that there is no hash."""
    tried = []
    original = bcrypt.checkpw

    def checkpw(password: bytes, hashed: bytes) -> bool:
        tried.append(bcrypt.hashpw(password, hashed))  # raises if it is malformed
        return original(password, hashed)

    monkeypatch.setattr(bcrypt, "checkpw", checkpw)
    found = Argon2Passwords(lambda: 5)
    assert not found.verify("", None)
    assert not found.verify("right", htpasswd(b"wrong"))
    assert [hashed[:7] for hashed in tried] == [b"$2b$05$", b"$2b$04$", b"$2b$04$"]
    with pytest.raises(argon2.exceptions.VerifyMismatchError):
        argon2.PasswordHasher().verify(passwords._ARGON2_STAND_IN, "")  # noqa: SLF001
