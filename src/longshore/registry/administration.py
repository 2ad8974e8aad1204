"""Groups, grants and trusts: who belongs together, and who may do what where.

Decides what a subject may be. Grants and memberships may name people of an htpasswd file, whom
the registry does not know beforehand; for robots and users a typing error would go unseen, so a
name that nobody has is refused unless the caller says that it is meant.
"""

from __future__ import annotations

from longshore.registry import access, audit
from longshore.registry.accounts import check_name
from longshore.registry.grants import ANONYMOUS, AUTHENTICATED, Grant
from longshore.registry.patterns import Pattern
from longshore.registry.ports import Transaction
from longshore.registry.refusals import Invalid, Unknown


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
