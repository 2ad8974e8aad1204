"""The token endpoint, asked in its two forms in a line each."""

from urllib.parse import urlencode

from tests.api.secured import PASSWORD, Asked, Secured
from tests.api.wire import Reply

FORM = "application/x-www-form-urlencoded"
LIFETIME = 120  # seconds
PULL, PUSH, PUBLIC = "repository:team/app:pull", "repository:team/app:pull,push", "public/app"


def get(secured: Secured, query: str = "", authorization: str | None = None) -> Reply:
    return secured.ask(Asked("GET", f"/token?{query}"), authorization)


def post(secured: Secured, *fields: tuple[str, str]) -> Reply:
    return secured.ask(Asked("POST", "/token", urlencode(fields).encode(), FORM))


def with_password(*more: tuple[str, str], name: str = "alice") -> list[tuple[str, str]]:
    return [("grant_type", "password"), ("username", name), ("password", PASSWORD), *more]


def scope_of(reply: Reply) -> str:
    assert reply.status == 200, reply.content
    scope: str = reply.json()["scope"]
    return scope
