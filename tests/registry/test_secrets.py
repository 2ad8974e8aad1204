"""Secrets of robots and refresh tokens: their form, and what is kept of them."""

import hashlib
import re
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from longshore.registry import secrets
from longshore.registry.secrets import Kind

KINDS = st.sampled_from(Kind)
DIGITS = string.digits + string.ascii_letters


def expression() -> str:
    """What the module tells those who write rules for scanners."""
    [line] = [one for one in (secrets.__doc__ or "").splitlines() if one.startswith("    ")]
    return line.strip()


def test_a_new_secret_is_wellformed_and_says_what_it_is_for() -> None:
    for kind, beginning in ((Kind.ROBOT, "lsr_"), (Kind.REFRESH, "lsf_")):
        made = {secrets.new(kind) for _ in range(200)}
        assert len(made) == 200
        assert all(secrets.is_wellformed(secret) for secret in made)
        assert all(secret.startswith(beginning) for secret in made)


def test_a_new_secret_has_190_random_bits_of_letters_and_digits() -> None:
    made = [secrets.new(Kind.ROBOT) for _ in range(500)]
    places = [set(column) for column in zip(*made, strict=True)]
    assert {len(secret) for secret in made} == {42}
    random = places[4:-6]
    assert 62 ** len(random) >= 2**190
    assert all(len(seen) > 50 and seen <= set(DIGITS) for seen in random)


def test_a_scanner_finds_a_secret_in_what_leaked() -> None:
    secret = secrets.new(Kind.REFRESH)
    for text in (f'{{"identitytoken":"{secret}"}}', f"docker login -p {secret}\n", f"={secret};"):
        assert re.findall(expression(), text) == [secret]
    assert re.findall(expression(), f"x{secret} {secret}x {secret[:-1]}") == []


@given(KINDS, st.integers(0, 41), st.sampled_from(DIGITS + "_-. \n"))
def test_a_mistyped_secret_is_told_by_its_checksum(kind: Kind, place: int, letter: str) -> None:
    secret = secrets.new(kind)
    mistyped = secret[:place] + letter + secret[place + 1 :]
    assert secrets.is_wellformed(mistyped) == (mistyped == secret)


@given(KINDS, st.integers(4, 40))
def test_neighbours_that_changed_places_are_told(kind: Kind, place: int) -> None:
    secret = secrets.new(kind)
    swapped = secret[:place] + secret[place + 1] + secret[place] + secret[place + 2 :]
    assert secrets.is_wellformed(swapped) == (swapped == secret)


@given(st.text())
def test_no_other_text_is_a_secret(text: str) -> None:
    assert not secrets.is_wellformed(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "lsr_",
        "lsr_" + "0" * 38,
        "lsr_" + "٣" * 38,
        "lsf_" + "é" * 38,
        "lsr_" + "\ud800" * 38,
        "LSR_" + "0" * 38,
    ],
)
def test_what_only_looks_like_one_is_none(text: str) -> None:
    assert not secrets.is_wellformed(text)


def test_a_secret_of_one_kind_is_none_of_the_other() -> None:
    robot = secrets.new(Kind.ROBOT)
    assert not secrets.is_wellformed(Kind.REFRESH + robot[4:])


def test_the_form_stays_as_it_is() -> None:
    """Secrets are kept for years: one that was made long ago is still good."""
    assert secrets.is_wellformed("lsr_0123456789ABCDEFGHIJKLMNOPQRSTUV33i0IH")


def test_of_a_secret_its_digest_is_kept() -> None:
    secret = secrets.new(Kind.ROBOT)
    assert secrets.digest_of(secret) == hashlib.sha256(secret.encode()).hexdigest()
    assert secrets.digest_of(secret) != secrets.digest_of(secrets.new(Kind.ROBOT))
