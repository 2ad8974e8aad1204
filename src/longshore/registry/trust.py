"""Trust policies: which builds an issuer's identity tokens let in, by what they claim.

Decides when a token fits a policy, and which policies are refused because strangers would fit
as well: an issuer such as GitHub's signs for everybody. Knows no signature: tokens come verified.

A condition is the claim's text, in which `*` is anything but `/`, and `**` is anything.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

CLAIM_LIMIT = 1024  # characters of a claim that is compared, and of a condition
CONDITION_LIMIT = 32
WHO_LIMIT = 255  # characters

# What every token of an issuer has, or what changes with each: it tells no build from another.
_TELLS_NOTHING = frozenset({"iss", "aud", "exp", "nbf", "iat", "jti"})

# Issuers that sign for all their customers, and the claims that name a customer there. Not `sub`,
# where customers choose what it is made of; not `job_workflow_ref` of GitHub, which names the
# workflow that is called: anybody may call one.
_OWNERS: Mapping[str, tuple[str, ...]] = {
    "https://token.actions.githubusercontent.com": (
        "repository",
        "repository_owner",
        "repository_id",
        "repository_owner_id",
    ),
    "https://gitlab.com": ("project_path", "namespace_path", "project_id", "namespace_id"),
    "https://agent.buildkite.com": ("organization_slug", "organization_id", "pipeline_id"),
    "https://accounts.google.com": ("email", "sub", "hd"),
}

# The whole of it: what one reader of URLs takes for the host, another takes for a password.
_LABEL = r"[0-9A-Za-z](?:[0-9A-Za-z-]{0,61}[0-9A-Za-z])?"
_URL = re.compile(
    rf"(?:https://(?:\[[0-9A-Fa-f:]+\]|{_LABEL}(?:\.{_LABEL})*)"
    r"|http://(?:localhost|127(?:\.\d{1,3}){3}|\[::1\]))"
    r"(?::(?P<port>\d{1,5}))?(?:/[0-9A-Za-z._~%!$&'()*+,;=:/-]*)?(?:\?[^\s#@\\]*)?",
    re.ASCII,
)


class TrustInvalid(Exception):
    """A policy that can not be; the message says what to write instead."""


class Trust(NamedTuple):
    """A policy: `claims` are conditions, of which all must hold.

    With `is_single_use` each token is good for one exchange.
    """

    name: str
    issuer: str
    audience: str
    claims: tuple[tuple[str, str], ...]
    is_single_use: bool


def check(trust: Trust) -> None:
    """Raises TrustInvalid."""
    if not is_secure(trust.issuer) or "?" in trust.issuer:
        raise TrustInvalid(
            "an issuer is an https URL as its tokens have it in `iss`, without query;"
            " http is for loopback addresses only"
        )
    if not trust.audience:
        raise TrustInvalid("name the audience that tokens for this registry have in `aud`")
    if len(trust.claims) > CONDITION_LIMIT:
        raise TrustInvalid(f"a policy has at most {CONDITION_LIMIT} conditions")
    for claim, pattern in trust.claims:
        _check_condition(claim, pattern)
    _check_narrow(trust)


def _check_condition(claim: str, pattern: str) -> None:
    if not (claim and pattern and len(claim) <= CLAIM_LIMIT and len(pattern) <= CLAIM_LIMIT):
        raise TrustInvalid(
            "a condition is a claim and its value, such as `repository=acme/app`,"
            f" of at most {CLAIM_LIMIT} characters each"
        )
    if "***" in pattern:
        raise TrustInvalid(f"write `*` or `**` in the condition on {claim}, not more")


def _check_narrow(trust: Trust) -> None:
    """Refuse what would let everybody in for whom the issuer signs."""
    telling = [one for one in trust.claims if one[0] not in _TELLS_NOTHING and one[1].strip("*/:")]
    if not telling:
        raise TrustInvalid(
            "without a condition on a claim, everybody whom the issuer signs for would be trusted;"
            " name what is yours, such as `repository=acme/app`"
        )
    owners = _OWNERS.get(trust.issuer.rstrip("/"))
    if owners is None or any(claim in owners and _is_owned(value) for claim, value in telling):
        return
    raise TrustInvalid(
        f"{trust.issuer} signs for all its customers: name yours, without `*` in its first part,"
        f" by a condition on {' or '.join(f'`{owner}`' for owner in owners)}"
    )


def _is_owned(pattern: str) -> bool:
    """`acme/*` has one owner; `acme*/app` and `*/app` have whom it pleases."""
    return "*" not in pattern.partition("/")[0]


def is_secure(url: str) -> bool:
    """Whether nobody between can change what it answers: https, or http to a loopback address."""
    form = _URL.fullmatch(url)
    return form is not None and int(form["port"] or 0) < 1 << 16


def matches(trust: Trust, claims: Mapping[str, Any]) -> bool:
    """Whether a verified token fits: its issuer, its audience, and every condition.

    A claim that is missing fits nothing; of a list one element has to fit; a boolean is
    `true` or `false`, a whole number its digits.
    """
    return (
        claims.get("iss") == trust.issuer
        and trust.audience in _texts(claims.get("aud"))
        and bool(trust.claims)
        and all(
            any(_fits(pattern, text) for text in _texts(claims.get(claim)))
            for claim, pattern in trust.claims
        )
    )


def who(claims: Mapping[str, Any]) -> str:
    """Whom a verified token is of, in short, for the audit log.

    That is its subject, such as `repo:acme/app:ref:refs/heads/main`; where that is a mere number,
    a verified address of mail.
    """
    [name] = _texts(claims.get("sub"))[:1] or [""]
    mail = claims.get("email")
    if name.isdecimal() and isinstance(mail, str) and claims.get("email_verified") is True:
        name = mail
    name = "".join(letter if letter.isprintable() else "?" for letter in name)
    return name if len(name) <= WHO_LIMIT else name[: WHO_LIMIT - 1] + "…"


def _texts(value: Any) -> list[str]:
    """What a claim says, as texts to compare; none for what is nothing to compare."""
    if isinstance(value, list):
        return [text for one in value if not isinstance(one, list) for text in _texts(one)]
    if isinstance(value, bool):
        return ["true" if value else "false"]
    return [str(value)] if isinstance(value, str | int) else []


def _fits(pattern: str, text: str) -> bool:
    """Whether the pattern is the whole text.

    Follows all ways at once. A regular expression would try one after the other, and how long
    that takes would be up to whoever makes the token.
    """
    if len(text) > CLAIM_LIMIT:
        return False
    ends = {0}
    for part in re.split(r"(\*+)", pattern):
        if part.startswith("*"):
            ends = _spread(text, ends, across=part != "*")
        else:
            ends = {end + len(part) for end in ends if text.startswith(part, end)}
    return len(text) in ends


def _spread(text: str, starts: set[int], *, across: bool) -> set[int]:
    """Where a wildcard ends that begins at one of these places."""
    ends, is_open = set(), False
    for place in range(len(text) + 1):
        is_open = place in starts or (is_open and (across or text[place - 1] != "/"))
        if is_open:
            ends.add(place)
    return ends
