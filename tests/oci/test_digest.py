"""Digests: what is one, and what it is of."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from longshore.oci.digest import ALGORITHMS, Digest, hasher
from longshore.oci.errors import DigestInvalid

EMPTY = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


@pytest.mark.parametrize(
    "text",
    [
        "",
        ":",
        "latest",
        EMPTY,
        f"sha256:{EMPTY}\n",
        f" sha256:{EMPTY}",
        f"sha256:{EMPTY[:-1]}",
        f"sha256:{EMPTY}0",
        f"sha256:{EMPTY.upper()}",
        f"SHA256:{EMPTY}",
        f"sha256:{EMPTY[:-1]}g",
        f"sha512:{EMPTY}",
        f"sha256:{EMPTY * 2}",
        f"md5:{EMPTY[:32]}",
        f"blake3:{EMPTY}",
        f"sha256+b64:{EMPTY}",
        "sha256:baddigeststring",
        f"sha256:{'٣' * 64}",
        f"sha256:../{EMPTY[3:]}",
    ],
)
def test_what_is_not_a_digest_is_refused(text: str) -> None:
    with pytest.raises(DigestInvalid):
        Digest.parse(text)


@given(st.text())
def test_any_text_is_a_digest_or_refused(text: str) -> None:
    with pytest.raises(DigestInvalid):
        Digest.parse(text)


@given(st.binary(), st.sampled_from(ALGORITHMS))
def test_the_digest_of_bytes_is_that_of_the_algorithm(content: bytes, algorithm: str) -> None:
    digest = Digest.of(content, algorithm)
    assert digest == f"{algorithm}:{hashlib.new(algorithm, content).hexdigest()}"
    assert Digest.parse(digest) == digest
    assert isinstance(Digest.parse(str(digest)), Digest)
    assert (digest.algorithm, digest.hex) == tuple(digest.split(":"))


def test_the_digest_of_nothing_is_the_well_known_one() -> None:
    assert Digest.of(b"") == f"sha256:{EMPTY}"


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_running_hash_is_the_hash_of_all_its_parts(algorithm: str) -> None:
    running = hasher(algorithm)
    for part in (b"one", b"", b"two"):
        running.update(part)
    assert running.hexdigest() == Digest.of(b"onetwo", algorithm).hex


@pytest.mark.parametrize("algorithm", ["", "md5", "SHA256", "sha384", "sha256:", "\0"])
def test_other_algorithms_are_refused(algorithm: str) -> None:
    with pytest.raises(DigestInvalid, match="sha256 and sha512"):
        hasher(algorithm)
