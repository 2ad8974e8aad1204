"""Fuzzing the token endpoint: its queries and its forms.

Whatever comes is answered, and a token is for who has shown who it is, and for no more than it may.
"""

from urllib.parse import parse_qs, urlencode

import jwt
from hypothesis import given
from hypothesis import strategies as st

from tests.api.secured import PASSWORD, basic
from tests.api.wire import Reply
from tests.fuzz.guarded import SCOPE, Guarded, edited
from tests.fuzz.requests import queries
from tests.fuzz.test_requests import Edit, edits, examples

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
    forms = st.sampled_from([login, robot, again, {**login, "access_type": "offline"}])

    @examples(250 * depth)
    @given(
        forms,
        st.dictionaries(st.sampled_from(FIELDS), st.text(max_size=10), max_size=2),
        st.lists(edits(), max_size=2),
    )
    def explore(form: dict[str, str], changed: dict[str, str], changes: list[Edit]) -> None:
        body = edited(urlencode({**form, **changed}, errors="replace"), changes)
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


SCOPES = st.sampled_from(
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

    @examples(200 * depth)
    @given(
        st.lists(SCOPES | st.text(max_size=12), max_size=3),
        queries,
        st.lists(edits(), max_size=2),
        st.sampled_from(headers),
    )
    def explore(scopes: list[str], more: str, changes: list[Edit], header: bytes) -> None:
        query = urlencode([("scope", scope) for scope in scopes], errors="replace") + f"&{more}"
        target = "/token?" + _visible(edited(query, changes))
        who = {headers[0]: "", headers[1]: "alice"}.get(header)
        check_answer(guarded.ask("GET", target, header), who)

    explore()


def _visible(data: bytes) -> str:
    """What can stand in a request's first line without ending it, or the path."""
    return "".join(chr(byte) for byte in data if 0x21 <= byte < 0x7F and byte != ord("#"))
