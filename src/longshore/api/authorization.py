"""What a route needs of its caller, and what a caller that does not have it is told.

Decides between "say who you are" (401, with where to get a token and for what), "get a token for
this" (401, `insufficient_scope`) and "no" (403, where asking again can not help). All of that
before anything is looked up: whether a repository exists changes no answer.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum

from longshore.api.messages import Request
from longshore.oci.errors import Denied, OCIError, Unauthorized
from longshore.oci.names import RepositoryName
from longshore.oci.scope import CATALOG, REPOSITORY, Scope
from longshore.registry.access import OPEN
from longshore.registry.grants import Verb, implied
from longshore.registry.patterns import Pattern, PatternInvalid
from longshore.registry.refusals import Forbidden, Invalid

TOKEN_PATH = "/token"  # noqa: S105  an address
MANAGEMENT_PATH = "/api/v1"


_TOWARDS = {Verb.PULL: "from", Verb.PUSH: "to", Verb.DELETE: "from"}


class Need(Enum):
    """What the caller of a route must be, or be granted for the repository in its path."""

    NOTHING = "nothing"  # and nobody asks who it is
    ANYBODY = "anybody"
    LOGIN = "login"  # to have shown who it is, or to have asked for a token for anybody
    CATALOG = "catalog"
    ACCOUNT = "account"
    PULL = Verb.PULL
    PUSH = Verb.PUSH
    DELETE = Verb.DELETE
    # Management: never of an open registry, and never with a token, which is for content.
    SELF = "self"  # to be somebody
    ENVIRONMENT = "environment"  # the same, or anybody of an open registry; the rules know the rest
    GRANT = "grant"  # to administer the pattern in the query
    MANAGE = "manage"  # to administer everything

    @property
    def act(self) -> str:
        """What the audit log calls it when it is refused."""
        return self.value if isinstance(self.value, Verb) else "manage"


_MANAGEMENT = frozenset({Need.SELF, Need.ENVIRONMENT, Need.GRANT, Need.MANAGE})


def repository_of(need: Need, arguments: Sequence[str]) -> str:
    """The repository that the path of a request is about, if it is about one.

    Raises NameInvalid: what is no name is none for anybody, and belongs into no header.
    """
    return RepositoryName.parse(arguments[0]) if isinstance(need.value, Verb) else ""


def scope_of(need: Need, repository: str) -> str:
    """What a token has to be asked for to be enough here."""
    if isinstance(need.value, Verb):
        return str(Scope(REPOSITORY, repository, frozenset(map(str, implied([need.value])))))
    return CATALOG if need is Need.CATALOG else ""


def authorise(need: Need, request: Request, repository: str) -> None:
    """Raises Unauthorized, Denied, and Forbidden."""
    if need in _MANAGEMENT:
        _authorise_management(need, request)
        return
    if need in {Need.NOTHING, Need.ANYBODY} or request.caller is OPEN:
        return
    if isinstance(need.value, Verb):
        _authorise_verb(need.value, request, repository)
    elif need is Need.LOGIN:
        if request.caller.is_anonymous and not request.header(b"authorization"):
            raise challenged(request, Unauthorized())
    elif need is Need.CATALOG:
        _authorise_catalog(request)
    elif request.caller.is_anonymous:
        raise challenged(request, Unauthorized())


def _authorise_verb(verb: Verb, request: Request, repository: str) -> None:
    caller = request.caller
    if caller.may(verb, repository):
        return
    if caller.is_anonymous or caller.is_granted(verb, repository):
        scope = scope_of(Need(verb), repository)
        raise challenged(request, Unauthorized(), scope, "insufficient_scope")
    raise Denied(
        f"{caller.name} may not {verb} {_TOWARDS[verb]} {repository}",
        detail={"name": repository, "action": verb},
    )


def _authorise_catalog(request: Request) -> None:
    """Anybody may list what anybody may pull; who has a token must have asked for the catalog.

    Who shows nothing is asked first: clients that have a login keep it until they are, and would
    take what anybody sees for all there is.
    """
    caller = request.caller
    may_list = caller.scopes is None or any(str(scope) == CATALOG for scope in caller.scopes)
    shows_nothing = not request.header(b"authorization")
    if not may_list or (caller.is_anonymous and (shows_nothing or not caller.grants)):
        raise challenged(request, Unauthorized(), CATALOG, "insufficient_scope")


def _authorise_management(need: Need, request: Request) -> None:
    caller = request.caller
    if caller is OPEN:
        if need is Need.ENVIRONMENT:
            return
        raise Forbidden(
            "this registry has no accounts yet, so that only who owns its folder may do that:"
            " there, or with --root. To make the first account, on its machine, type `longshore"
            " user add NAME --admin`"
        )
    if caller.is_anonymous:
        raise Unauthorized
    if caller.scopes is not None:
        raise Unauthorized("a token is for content: use a name and a password, or a secret")
    if need is Need.MANAGE and not caller.administers_all:
        raise Forbidden
    if need is Need.GRANT and not caller.administers(_pattern(request)):
        raise Forbidden(f"{caller.name} does not decide who does what there")


def _pattern(request: Request) -> Pattern:
    """Raises Invalid."""
    try:
        return Pattern.parse(request.parameter("pattern") or "")
    except PatternInvalid as problem:
        raise Invalid(str(problem)) from None


def challenged(
    request: Request, refusal: OCIError, scope: str = "", error: str = "invalid_token"
) -> OCIError:
    """The refusal with the header that says how to go on (RFC 6750, section 3), if it has none.

    Browsers ask for a password only if they are told Basic; clients of registries would then
    fail where they could go on as anybody, so they are told Bearer alone. Management takes no
    token.
    """
    if "WWW-Authenticate" in refusal.headers:
        return refusal
    is_for_people = "text/html" in (request.header(b"accept") or "")
    if is_for_people or request.path.startswith(f"{MANAGEMENT_PATH}/"):
        challenge = 'Basic realm="Longshore", charset="UTF-8"'
    else:
        base = request.base_url
        challenge = f'Bearer realm="{base}{TOKEN_PATH}",service="{base.partition("://")[2]}"'
        if scope:
            challenge += f',scope="{scope}"'
        if (request.header(b"authorization") or "").lower().startswith("bearer "):
            challenge += f',error="{error}"'
    refusal.headers["WWW-Authenticate"] = challenge
    refusal.headers["Docker-Distribution-Api-Version"] = "registry/2.0"
    return refusal
