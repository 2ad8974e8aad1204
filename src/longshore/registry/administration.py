"""Groups, grants and trusts: who belongs together, and who may do what where.

Decides what a subject may be. Grants and memberships may name people of an htpasswd file, whom
the registry does not know beforehand; for robots and users a typing error would go unseen, so a
name that nobody has is refused unless the caller says that it is meant.
"""

from __future__ import annotations

from typing import NamedTuple

from longshore.registry import access, audit
from longshore.registry.access import Caller
from longshore.registry.accounts import check_name
from longshore.registry.grants import ANONYMOUS, AUTHENTICATED, Grant, Verb
from longshore.registry.patterns import EVERYTHING, Pattern
from longshore.registry.ports import Transaction
from longshore.registry.refusals import Invalid, Unknown

MOST_LOOKED_AT = 2000  # grants, in one go


def grant(tx: Transaction, given: Grant, *, is_expected: bool = True) -> None:
    """Let a subject do this there, in place of what it could; raises Invalid, and Unknown.

    With `is_expected` the subject must exist.
    """
    if not given.verbs:
        raise Invalid("a grant has at least one of pull, push, delete and admin")
    _check_subject(tx, given.subject, is_expected=is_expected)
    tx.grants.put(given)
    access.changed(tx)
    verbs = sorted(given.verbs)
    audit.record(tx, "grant.add", given.subject, pattern=given.pattern, verbs=verbs)


def _check_subject(tx: Transaction, subject: str, *, is_expected: bool) -> None:
    if subject in {ANONYMOUS, AUTHENTICATED}:
        return
    name = check_name(subject.removeprefix("@"))
    if subject != name:
        is_known = bool(tx.groups.members(name))
    else:
        is_known = tx.accounts.find(name) is not None
    if is_expected and not is_known:
        raise Unknown(f"there is no {'group' if subject != name else 'account'} {name}")


def revoke(tx: Transaction, subject: str, pattern: Pattern) -> None:
    """Raises Unknown."""
    if not tx.grants.remove(subject, pattern):
        raise Unknown(f"{subject[:80]} has no grant for {pattern}")
    access.changed(tx)
    audit.record(tx, "grant.remove", subject, pattern=pattern)


class Place(NamedTuple):
    """Where a grant stands among all."""

    subject: str
    pattern: str


def page(
    tx: Transaction, caller: Caller, subject: str, last: Place, limit: int
) -> tuple[list[Grant], Place | None]:
    """Grants after `last` that the caller may decide on, and after which to go on, if at all.

    Those of one subject, unless that is empty. Looks at a bounded number of grants, so that a
    page may be short and not the last.
    """
    if subject:
        seen = [grant for grant in tx.grants.of([subject]) if _place(grant) > last]
    else:
        seen = tx.grants.page(last, MOST_LOOKED_AT)
    found = [grant for grant in seen if caller.administers(grant.pattern)]
    if len(found) > limit:
        return found[:limit], _place(found[limit - 1])
    is_all = bool(subject) or len(seen) < MOST_LOOKED_AT
    return found, None if is_all else _place(seen[-1])


def _place(grant: Grant) -> Place:
    return Place(grant.subject, grant.pattern)


def has_administrator(tx: Transaction) -> bool:
    """Whether anybody who is let in administers all repositories.

    A name that is no account is that of somebody in an htpasswd file.
    """
    last = Place("", "")
    while grants := tx.grants.page(last, MOST_LOOKED_AT):
        if any(_administers_all(tx, grant) for grant in grants):
            return True
        last = _place(grants[-1])
    return False


def _administers_all(tx: Transaction, grant: Grant) -> bool:
    if Verb.ADMIN not in grant.verbs or not grant.pattern.covers(EVERYTHING):
        return False
    name = grant.subject.removeprefix("@")
    holders = [name] if name == grant.subject else tx.groups.members(name)
    accounts = [tx.accounts.find(holder) for holder in holders]
    return any(account is None or account.is_enabled for account in accounts)


def add_member(tx: Transaction, group: str, account: str, *, is_expected: bool = True) -> None:
    """Raises Invalid, and Unknown if the account must exist and does not."""
    check_name(group)
    check_name(account)
    if is_expected and tx.accounts.find(account) is None:
        raise Unknown(f"there is no account {account}")
    tx.groups.add(group, account)
    access.changed(tx)
    audit.record(tx, "group.add", group, member=account)


def remove_member(tx: Transaction, group: str, account: str) -> None:
    """Raises Unknown."""
    if not tx.groups.remove(group, account):
        raise Unknown(f"{account[:80]} is not in the group {group[:80]}")
    access.changed(tx)
    audit.record(tx, "group.remove", group, member=account)
