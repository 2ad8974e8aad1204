"""Callers and grants in a line each."""

from longshore.oci.scope import Scope, parse_scopes
from longshore.registry.access import Caller
from longshore.registry.grants import Grant, Verb
from longshore.registry.patterns import Pattern


def grant(subject: str, text: str) -> Grant:
    """A grant as a person writes it, such as `team/**:pull,push`."""
    pattern, _, verbs = text.rpartition(":")
    return Grant(subject, Pattern.parse(pattern), frozenset(map(Verb, verbs.split(","))))


def known(*grants: str, scopes: str | None = None, name: str = "alice") -> Caller:
    """A caller with these grants, and perhaps with a token for these scopes."""
    return Caller(name, tuple(grant(name, text) for text in grants), scopes_of(scopes))


def scopes_of(text: str | None) -> tuple[Scope, ...] | None:
    return None if text is None else tuple(parse_scopes(text))
