"""Every kind of caller, how each says who it is, and what it gets at each kind of endpoint."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from longshore.registry import accounts
from longshore.registry.secrets import Kind, new
from tests.api.secured import (
    BEHIND_A_PROXY,
    PASSWORD,
    Asked,
    Proof,
    Secured,
    basic,
    bearer,
    file_of_passwords,
)
from tests.content import index

HERE, ELSEWHERE = "private/app", "private/other"
MANIFEST = index()
CERTIFICATE = "X-Client-Subject"

# ok: let through; ask: 401 without a word on the token; small: 401, the token is not enough;
# bad: 401, that is no proof; no: 403.
ANSWERS = """
                     nothing token form login catalog account pull  push  delete
anonymous            ok      ok    ok   ask   ask     ask     ask   ask   ask
anonymous_token      ok      bad   ok   ok    ok      bad     small small small
anonymous_small      ok      bad   ok   ok    small   bad     small small small
no_grant             ok      ok    ok   ok    ok      ok      no    no    no
no_grant_token       ok      bad   ok   ok    ok      ok      no    no    no
puller               ok      ok    ok   ok    ok      ok      ok    no    no
puller_token         ok      bad   ok   ok    ok      ok      ok    no    no
pusher               ok      ok    ok   ok    ok      ok      ok    ok    no
pusher_token         ok      bad   ok   ok    ok      ok      ok    ok    no
deleter              ok      ok    ok   ok    ok      ok      ok    no    ok
deleter_token        ok      bad   ok   ok    ok      ok      ok    no    ok
admin                ok      ok    ok   ok    ok      ok      ok    ok    ok
admin_token          ok      bad   ok   ok    ok      ok      ok    ok    ok
admin_elsewhere      ok      ok    ok   ok    ok      ok      no    no    no
token_for_pulls      ok      bad   ok   ok    small   ok      ok    small small
token_for_elsewhere  ok      bad   ok   ok    small   ok      small small small
token_for_nothing    ok      bad   ok   ok    small   ok      small small small
robot                ok      ok    ok   ok    ok      ok      ok    ok    no
robot_bearer         ok      ok    ok   ok    ok      ok      ok    ok    no
robot_token          ok      bad   ok   ok    ok      ok      ok    ok    no
in_the_file          ok      ok    ok   ok    ok      ok      ok    no    no
in_the_file_token    ok      bad   ok   ok    ok      ok      ok    no    no
member_of_a_group    ok      ok    ok   ok    ok      ok      ok    ok    no
certified            ok      ok    ok   ok    ok      ok      ok    no    no
certified_disabled   ok      ok    ok   ask   ask     ask     ask   ask   ask
certified_nobody     ok      ok    ok   ask   ask     ask     ask   ask   ask
wrong_password       ok      bad   bad  bad   bad     bad     bad   bad   bad
wrong_in_the_file    ok      bad   bad  bad   bad     bad     bad   bad   bad
unknown_name         ok      bad   bad  bad   bad     bad     bad   bad   bad
disabled             ok      bad   bad  bad   bad     bad     bad   bad   bad
disabled_token       ok      bad   bad  bad   bad     bad     bad   bad   bad
disabled_robot       ok      bad   bad  bad   bad     bad     bad   bad   bad
removed_token        ok      bad   bad  bad   bad     bad     bad   bad   bad
expired_token        ok      bad   bad  bad   bad     bad     bad   bad   bad
expired_secret       ok      bad   bad  bad   bad     bad     bad   bad   bad
expired_bearer       ok      bad   bad  bad   bad     bad     bad   bad   bad
invented_secret      ok      bad   bad  bad   bad     bad     bad   bad   bad
secret_of_another    ok      bad   bad  bad   bad     bad     bad   bad   bad
wrong_audience       ok      bad   bad  bad   bad     bad     bad   bad   bad
token_as_password    ok      bad   bad  bad   bad     bad     bad   bad   bad
password_as_token    ok      bad   bad  bad   bad     bad     bad   bad   bad
no_scheme            ok      bad   bad  bad   bad     bad     bad   bad   bad
another_scheme       ok      bad   bad  bad   bad     bad     bad   bad   bad
no_base64            ok      bad   bad  bad   bad     bad     bad   bad   bad
"""
_HEAD, *_LINES = (line.split() for line in ANSWERS.strip().splitlines())
EXPECTED = {name: dict(zip(_HEAD, cells, strict=True)) for name, *cells in _LINES}


# What a token is asked for, by column; and what a challenge says of it.
SCOPES = {
    "pull": f"repository:{HERE}:pull",
    "push": f"repository:{HERE}:pull,push",
    "delete": f"repository:{HERE}:delete,pull",
    "catalog": "registry:catalog:*",
}
EVERYTHING = tuple(SCOPES.values())
GRANTS = {
    "puller": "private:pull",
    "pusher": "private:push",
    "deleter": "private:delete",
    "admin": "private:admin",
    "disabled": "private:admin",
    "removed": "private:admin",
    "nobody": f"{HERE}-1:admin",
    "elsewhere": f"{HERE}/**:admin",
    "member": f"{ELSEWHERE}:pull",
}

Prove = Callable[[str], Proof]  # for a column


def options(folder: Path) -> tuple[str, ...]:
    """How a server is started for these callers."""
    file = folder / "htpasswd"
    file.write_text(file_of_passwords("filed", "admin"))
    return ("--htpasswd", str(file), "--client-cert-header", CERTIFICATE, *BEHIND_A_PROXY)


class Made(NamedTuple):
    """What was shown when it was made."""

    robot: str
    disabled_robot: str
    expired: str
    removed: str


def fill(secured: Secured) -> Made:
    """Make all accounts, and one manifest that they ask for."""
    for name, granted in GRANTS.items():
        secured.add_user(name, granted)
    secured.write(lambda tx: tx.groups.add("team", "member"))
    secured.grant("@team", "private/*:push")
    secured.grant("filed", "private/**:pull")
    secured.grant("anonymous", "public:pull")
    robot, off = secured.add_robot("build", "private:push"), secured.add_robot("off", "**:admin")
    expired = secured.add_expired_secret("build")
    content, kind = MANIFEST.manifest.content, MANIFEST.manifest.media_type
    push = Asked("PUT", f"/v2/{HERE}/manifests/v1", content, kind)
    assert secured.ask(push, basic("admin")).status == 201
    removed = secured.token(basic("removed"), *EVERYTHING)
    for name in ("disabled", "off"):
        secured.write(accounts.enable, name, is_enabled=False)
    secured.write(accounts.remove, "removed")
    return Made(robot, off, expired, removed)


def proofs(secured: Secured) -> dict[str, Prove]:
    made = fill(secured)
    names = ("puller", "pusher", "deleter", "admin")
    return {
        "anonymous": _always(None),
        "anonymous_token": _granted(secured, None),
        "no_grant": _always(basic("nobody")),
        "no_grant_token": _granted(secured, basic("nobody")),
        "admin_elsewhere": _always(basic("elsewhere")),
        "robot": _always(basic("build", made.robot)),
        "robot_bearer": _always(bearer(made.robot)),
        "robot_token": _granted(secured, basic("build", made.robot)),
        "in_the_file": _always(basic("filed")),
        "in_the_file_token": _granted(secured, basic("filed")),
        "member_of_a_group": _always(basic("member")),
        "certified": _always({CERTIFICATE: "CN=puller,O=acme"}),
        "certified_disabled": _always({CERTIFICATE: "CN=disabled,O=acme"}),
        "certified_nobody": _always({CERTIFICATE: "CN=who,O=acme"}),
        **{name: _always(basic(name)) for name in names},
        **{f"{name}_token": _granted(secured, basic(name)) for name in names},
        **_signed(secured),
        **_wrong(secured, made),
    }


def _always(proof: Proof) -> Prove:
    return lambda _: proof


def _granted(secured: Secured, authorization: str | None) -> Prove:
    """A token that is asked for what the column needs."""
    return lambda column: bearer(secured.token(authorization, *filter(None, [SCOPES.get(column)])))


def _signed(secured: Secured) -> dict[str, Prove]:
    """Tokens as the registry signs them, for whom and for what it would not."""
    sign = secured.sign
    tokens = {
        "anonymous_small": sign("", f"repository:{HERE}:"),
        "token_for_pulls": sign("admin", SCOPES["pull"]),
        "token_for_elsewhere": sign("admin", f"repository:{ELSEWHERE}:delete,pull,push"),
        "token_for_nothing": sign("admin"),
        "disabled_token": sign("disabled", *EVERYTHING),
        "expired_token": sign("admin", *EVERYTHING, age=301),
        "wrong_audience": sign("admin", *EVERYTHING, audience="another"),
    }
    return {name: _always(bearer(token)) for name, token in tokens.items()}


def _wrong(secured: Secured, made: Made) -> dict[str, Prove]:
    """Each under a name of its own: one that fails a hundred times has to wait."""
    wrong = {
        "wrong_password": basic("puller", "wrong"),
        "wrong_in_the_file": basic("filed", "wrong"),
        "unknown_name": basic("who"),
        "disabled": basic("disabled"),
        "disabled_robot": basic("off", made.disabled_robot),
        "removed_token": bearer(made.removed),
        "expired_secret": basic("build", made.expired),
        "expired_bearer": bearer(made.expired),
        "invented_secret": basic("deploy", new(Kind.ROBOT)),
        "secret_of_another": basic("pusher", made.robot),
        "token_as_password": basic("deleter", secured.sign("admin", *EVERYTHING)),
        "password_as_token": bearer(PASSWORD.replace(" ", "-")),
        "no_scheme": made.robot,
        "another_scheme": f"Digest {made.robot}",
        "no_base64": "Basic %%%",
    }
    return {name: _always(proof) for name, proof in wrong.items()}
