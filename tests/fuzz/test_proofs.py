"""Fuzzing headers and tokens that say who calls, and that were right once.

A server with accounts must answer whatever comes, and let in nobody whom it should not: what is
let in is read here once more, in another way.
"""

import base64
import itertools
import json
import time
from collections.abc import Mapping
from random import Random
from typing import Any

import jwt

from longshore.registry.secrets import Kind, new
from tests.api.secured import PASSWORD, basic, bearer
from tests.fuzz.chance import (
    dictionaries,
    either,
    floats,
    integers,
    just,
    lists,
    nested,
    one_of,
    text,
)
from tests.fuzz.edits import edits
from tests.fuzz.exploring import examples
from tests.fuzz.guarded import TAGS, Guarded


def test_headers_that_were_right_once(depth: int, guarded: Guarded) -> None:
    proofs = [*guarded.proofs, basic("nobody"), bearer(new(Kind.ROBOT)), "Digest a=b"]
    changes = edits(0, 2)

    @examples(300 * depth)
    def explore(chance: Random) -> None:
        header = changes(chance)(chance.choice(proofs).encode())
        reply = guarded.ask("GET", TAGS, header)
        if reply is not None and reply.status == 200:
            assert guarded.is_right(header), header

    explore()


def test_names_and_passwords_of_any_kind(depth: int, guarded: Guarded) -> None:
    names = either(one_of(["alice", "alice", "build", "", "nobody"]), just("alice"), text(8))
    known = one_of([PASSWORD, guarded.secret, guarded.token, guarded.refresh, ""])
    passwords = either(known, text(12))

    @examples(150 * depth)
    def explore(chance: Random) -> None:
        encoding = chance.choice(["utf-8", "utf-16", "latin-1"])
        said = f"{names(chance)}:{passwords(chance)}".encode(encoding, "replace")
        header = b"Basic " + base64.b64encode(said)
        reply = guarded.ask("GET", TAGS, header)
        if reply is not None and reply.status == 200:
            assert guarded.is_right(header), header

    explore()


_JSON = nested(either(one_of([None, True, False]), integers, floats, text(6)), text(6))
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
HEADERS = ["kid", "crit", "jwk", "b64"]


def _odd_access(chance: Random) -> Any:
    return {name: _JSON(chance) for name in ("type", "name", "actions")}


def test_tokens_that_are_signed_and_say_anything(depth: int, guarded: Guarded) -> None:
    """As if the key were known: what they say is still not taken for what it is not."""
    right, key = _claims(guarded), guarded.ring.signing
    odd = either(_JSON, lists(either(_JSON, _odd_access), 0, 3), just("alice"))
    changes, headers = dictionaries(one_of(CLAIMS), odd, 3), dictionaries(one_of(HEADERS), _JSON, 1)

    @examples(300 * depth)
    def explore(chance: Random) -> None:
        claims = {**right, **changes(chance)}
        for name in lists(one_of(CLAIMS), 0, 1)(chance):
            claims.pop(name, None)
        token = _sign(claims, {"kid": key.id, **headers(chance)}, key.secret)
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


def test_tokens_that_others_signed(guarded: Guarded) -> None:
    key = guarded.ring.signing
    key_ids = [key.id, "", "0", "../" + key.id, key.id.upper()]
    secrets = [b"", b"0" * 32, key.id.encode(), key.secret[:-1], key.secret + b"0"]
    algorithms = ["HS256", "none", "HS384", "RS256", "hs256"]
    for key_id, algorithm, secret in itertools.product(key_ids, algorithms, secrets):
        token = _sign(_claims(guarded), {"kid": key_id, "alg": algorithm}, secret)
        for one in (token, token.rpartition(".")[0] + ".", token.rpartition(".")[0]):
            reply = guarded.ask("GET", TAGS, bearer(one).encode())
            assert reply is None or reply.status == 401, (key_id, algorithm, secret)


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
