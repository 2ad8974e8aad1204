"""Fuzzing the token endpoint: its queries and its forms.

Whatever comes is answered, and a token is for who has shown who it is, and for no more than it may.
"""

from random import Random
from urllib.parse import parse_qs, urlencode

import jwt

from tests.api.secured import PASSWORD, basic
from tests.api.wire import Reply
from tests.fuzz.chance import dictionaries, either, lists, one_of, text
from tests.fuzz.edits import edits
from tests.fuzz.exploring import examples
from tests.fuzz.guarded import SCOPE, Guarded
from tests.fuzz.requests import queries

FIELDS = ["grant_type", "username", "password", "refresh_token", "scope", "access_type", "service"]


def check_answer(reply: Reply | None, account: str | None) -> None:
    """A token is for the account that has shown who it is, and for no more than it may."""
    if reply is None or reply.status != 200:
        return
    assert account is not None, reply
    claims = jwt.decode(reply.json()["token"], options={"verify_signature": False})
    assert claims["sub"] == account
    for one in claims["access"]:
        allowed = (
            {"team": {"pull", "push"}, "public": {"pull"}} if account else {"public": {"pull"}}
        )
        if one["type"] == "repository":
            assert set(one["actions"]) <= allowed[one["name"].partition("/")[0]]
        else:
            assert (one["type"], one["name"]) == ("registry", "catalog")


def test_forms_that_were_right_once(depth: int, guarded: Guarded) -> None:
    login = {"grant_type": "password", "username": "alice", "password": PASSWORD, "scope": SCOPE}
    robot = {**login, "username": "build", "password": guarded.secret}
    again = {"grant_type": "refresh_token", "refresh_token": guarded.refresh, "scope": SCOPE}
    forms = one_of([login, robot, again, {**login, "access_type": "offline"}])
    others, changes = dictionaries(one_of(FIELDS), text(10), 2), edits(0, 2)

    @examples(250 * depth)
    def explore(chance: Random) -> None:
        body = changes(chance)(urlencode({**forms(chance), **others(chance)}).encode())
        check_answer(guarded.ask("POST", "/token", b"", body), _who(guarded, body))

    explore()


def _who(guarded: Guarded, body: bytes) -> str | None:
    """Whom a form is of; None if it is of nobody."""
    fields = parse_qs(body.decode("latin-1"), keep_blank_values=True)
    form = {name: values[0] for name, values in fields.items()}
    if form.get("grant_type") == "refresh_token":
        return "alice" if form.get("refresh_token") == guarded.refresh else None
    if form.get("password") == guarded.secret:
        return "build" if form.get("username", "") in {"build", ""} else None
    is_alice = (form.get("username"), form.get("password")) == ("alice", PASSWORD)
    return "alice" if is_alice else None


SCOPES = one_of(
    [
        SCOPE,
        "repository:public/app:pull",
        "repository:team/app:*",
        "repository:others/app:pull,push,delete",
        "registry:catalog:*",
    ]
)


def test_queries_for_tokens(depth: int, guarded: Guarded) -> None:
    headers = [b"", basic("alice").encode(), basic("alice", "wrong").encode()]
    scopes, changes = lists(either(SCOPES, text(12)), 0, 3), edits(0, 2)

    @examples(200 * depth)
    def explore(chance: Random) -> None:
        query = urlencode([("scope", one) for one in scopes(chance)]) + f"&{queries(chance)}"
        target = "/token?" + _visible(changes(chance)(query.encode()))
        header = chance.choice(headers)
        who = {headers[0]: "", headers[1]: "alice"}.get(header)
        check_answer(guarded.ask("GET", target, header), who)

    explore()


def _visible(data: bytes) -> str:
    """What can stand in a request's first line without ending it, or the path."""
    return "".join(chr(byte) for byte in data if 0x21 <= byte < 0x7F and byte != ord("#"))
