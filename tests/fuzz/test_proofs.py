"""Fuzzing headers and tokens that say who calls, and that were right once.

A server with accounts must answer whatever comes, and let in nobody whom it should not: what is
let in is read here once more, in another way.
"""

import base64
import json
import time
from collections.abc import Mapping
from typing import Any

import jwt
from hypothesis import given
from hypothesis import strategies as st

from longshore.registry.secrets import Kind, new
from tests.api.secured import PASSWORD, basic, bearer
from tests.fuzz.guarded import TAGS, Guarded, edited
from tests.fuzz.test_requests import Edit, edits, examples


def test_headers_that_were_right_once(depth: int, guarded: Guarded) -> None:
    @examples(300 * depth)
    @given(
        st.sampled_from([*guarded.proofs, basic("nobody"), bearer(new(Kind.ROBOT)), "Digest a=b"]),
        st.lists(edits(), max_size=2),
    )
    def explore(proof: str, changes: list[Edit]) -> None:
        header = edited(proof, changes)
        reply = guarded.ask("GET", TAGS, header)
        if reply is not None and reply.status == 200:
            assert guarded.is_right(header), header

    explore()


names = st.sampled_from(["alice", "build", "", "nobody"]) | st.text(max_size=8)


def test_names_and_passwords_of_any_kind(depth: int, guarded: Guarded) -> None:
    passwords = st.sampled_from([PASSWORD, guarded.secret, guarded.token, guarded.refresh, ""])

    @examples(150 * depth)
    @given(names, passwords | st.text(max_size=12), st.sampled_from(["utf-8", "utf-16", "latin-1"]))
    def explore(name: str, password: str, encoding: str) -> None:
        said = f"{name}:{password}".encode(encoding, "replace")
        header = b"Basic " + base64.b64encode(said)
        reply = guarded.ask("GET", TAGS, header)
        if reply is not None and reply.status == 200:
            assert guarded.is_right(header), header

    explore()


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner),
    max_leaves=6,
)
_ACCESS = {"type": "repository", "name": "team/app", "actions": ["pull"]}


def _claims(guarded: Guarded) -> dict[str, Any]:
    now = int(time.time())
    return {
        "iss": "longshore",
        "sub": "alice",
        "aud": guarded.ring.audience,
        "exp": now + 300,
        "nbf": now,
        "iat": now,
        "jti": "0" * 32,
        "access": [_ACCESS],
    }


CLAIMS = ["iss", "sub", "aud", "exp", "nbf", "iat", "jti", "access", "identity"]
HEADERS = ["typ", "alg", "kid", "crit", "jwk", "b64"]
ODD_ACCESS = st.lists(
    _JSON | st.fixed_dictionaries({"type": _JSON, "name": _JSON, "actions": _JSON}), max_size=3
)


def test_tokens_that_are_signed_and_say_anything(depth: int, guarded: Guarded) -> None:
    """As if the key were known: what they say is still not taken for what it is not."""
    right = _claims(guarded)

    @examples(300 * depth)
    @given(
        st.dictionaries(st.sampled_from(CLAIMS), _JSON | ODD_ACCESS | st.just("alice"), max_size=3),
        st.lists(st.sampled_from(CLAIMS), max_size=1),
        st.dictionaries(st.sampled_from(HEADERS[2:]), _JSON, max_size=1),
    )
    def explore(changed: dict[str, Any], left_out: list[str], headers: dict[str, Any]) -> None:
        claims = {name: one for name, one in {**right, **changed}.items() if name not in left_out}
        token = _sign(
            claims, {"kid": guarded.ring.signing.id, **headers}, guarded.ring.signing.secret
        )
        reply = guarded.ask("GET", TAGS, bearer(token).encode())
        if reply is not None and reply.status == 200:
            assert _is_good(claims, right), claims

    explore()


def _sign(claims: Mapping[str, Any], headers: Mapping[str, Any], key: bytes) -> str:
    """A token that is well signed, whatever it says: libraries would refuse to write some."""
    parts = [{"typ": "JWT", "alg": "HS256", **headers}, claims]
    text = b".".join(_encode(json.dumps(part).encode()) for part in parts)
    signature = jwt.get_algorithm_by_name("HS256").sign(text, key)
    return b".".join([text, _encode(signature)]).decode()


def _encode(data: bytes) -> bytes:
    return base64.urlsafe_b64encode(data).rstrip(b"=")


def _is_good(claims: Mapping[str, Any], right: Mapping[str, Any]) -> bool:
    """Whether it says what it must, and is for this."""
    is_ours = all(claims.get(name) == right[name] for name in ("iss", "sub", "aud"))
    is_its_time = (
        claims["exp"] > time.time() - 1 and max(claims["nbf"], claims["iat"]) < right["exp"]
    )
    access = [one for one in claims["access"] if one["name"] == "team/app"]
    return is_ours and is_its_time and any("pull" in one["actions"] for one in access)


def test_tokens_that_others_signed(depth: int, guarded: Guarded) -> None:
    key = guarded.ring.signing
    key_ids = st.sampled_from([key.id, "", "0", "../" + key.id, key.id.upper()])
    secrets = st.sampled_from([b"", b"0" * 32, key.id.encode(), key.secret[:-1], key.secret + b"0"])

    @examples(100 * depth)
    @given(key_ids, secrets, st.sampled_from(["HS256", "none", "HS384", "RS256", "hs256"]))
    def explore(key_id: str, secret: bytes, algorithm: str) -> None:
        token = _sign(_claims(guarded), {"kid": key_id, "alg": algorithm}, secret)
        for one in (token, token.rpartition(".")[0] + ".", token.rpartition(".")[0]):
            reply = guarded.ask("GET", TAGS, bearer(one).encode())
            assert reply is None or reply.status == 401

    explore()


def test_no_second_spelling_of_a_token_is_good(guarded: Guarded) -> None:
    """One that differs in bits that no byte needs would be another token for whoever compares."""
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_="
    others = [guarded.token[:-1] + one for one in letters if one != guarded.token[-1]]
    others += [guarded.token + one for one in ("=", ".", "A", "\t")]
    for token in others:
        reply = guarded.ask("GET", TAGS, bearer(token).encode())
        is_same = token.strip() == guarded.token
        assert reply is not None
        assert reply.status == (200 if is_same else 401), token
