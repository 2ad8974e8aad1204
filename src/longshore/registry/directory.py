"""What access needs of the rows: accounts and their secrets, groups, grants, keys, trusts, audit.

Ports, as those in `ports`, and the values they deal in. Who may be named what is decided in
`accounts`. Times are milliseconds since the epoch.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, NamedTuple, Protocol

from longshore.oci.names import RepositoryName
from longshore.registry.credentials import Key
from longshore.registry.grants import Grant
from longshore.registry.patterns import Pattern
from longshore.registry.trust import Trust


class Actor(NamedTuple):
    """Who does something, and by which request, as the audit log names it.

    `identity` is who an issuer says it is, where an account stands for many.
    """

    name: str
    address: str = ""
    request_id: str = ""
    identity: str = ""


SYSTEM = Actor("system")


Kind = Literal["user", "robot", "trust"]


class Account(NamedTuple):
    """A person, a robot, or what an issuer's tokens speak for."""

    name: str
    kind: Kind
    description: str
    is_enabled: bool
    created_at: int


class Secret(NamedTuple):
    """A secret of an account, of which only the digest is kept. No `expires_at` is for ever."""

    id: str
    account: str
    kind: Literal["robot", "refresh"]
    label: str
    created_at: int
    expires_at: int | None
    last_used_at: int | None


class SigningKey(NamedTuple):
    """`retired_at` is when it ceases to be good for anything; None for the one that signs."""

    key: Key
    created_at: int
    retired_at: int | None


class Entry(NamedTuple):
    """A line of the audit log. `id` is 0 until it is written; ids grow, and none comes twice."""

    id: int
    at: int
    actor: Actor
    action: str
    target: str
    outcome: Literal["done", "refused"]
    detail: Mapping[str, Any]


class Wanted(NamedTuple):
    """Which lines of the audit log are wanted: those that have all of what is given here.

    `places`: the target is one of them or is of it, as a tag, a manifest or what is below it.
    `since` is the earliest time.
    """

    actor: str = ""
    action: str = ""
    target: str = ""
    outcome: str = ""
    places: Sequence[str] = ()
    since: int = 0


EVERY_LINE = Wanted()
OF_A_PLACE = ":@/"  # what comes between a place and what is of it


class Quota(NamedTuple):
    """How many bytes the repositories of a pattern may hold, and how many there may be."""

    pattern: Pattern
    bytes: int | None
    repositories: int | None


class Usage(NamedTuple):
    """What there is: a blob counts in each repository that holds it."""

    bytes: int
    repositories: int


class Facts(Protocol):
    """Single values of the registry as a whole; the names are the caller's."""

    def get(self, name: str) -> str | None: ...

    def put(self, name: str, value: str) -> None: ...


class Accounts(Protocol):
    def add(self, account: Account) -> None:
        """There is none of that name."""

    def find(self, name: str) -> Account | None: ...

    def change(self, account: Account) -> None:
        """Let the account of that name have this description and be enabled or not."""

    def password(self, name: str) -> str | None:
        """The hash of its password; None if there is no such account, or it has none."""

    def set_password(self, name: str, hashed: str) -> None: ...

    def remove(self, name: str) -> None:
        """Remove the account with its secrets, its memberships, its grants and its trust."""

    def page(self, last: str, limit: int, kind: Kind | None = None) -> list[Account]:
        """Accounts after that name, of that kind if one is given."""


class Secrets(Protocol):
    def add(self, secret: Secret, digest: str) -> None: ...

    def find(self, digest: str) -> Secret | None: ...

    def of(self, account: str) -> list[Secret]:
        """The oldest first."""

    def use(self, secret_id: str, at: int) -> None:
        """Note that it was used then."""

    def remove(self, account: str, secret_id: str) -> bool:
        """False if that account has no such secret."""

    def remove_expired(self, before: int) -> None: ...


class Groups(Protocol):
    """Names of groups are without the `@`. A group is there as long as it has members."""

    def add(self, group: str, account: str) -> None: ...

    def remove(self, group: str, account: str) -> bool:
        """False if it was no member."""

    def of(self, account: str) -> list[str]: ...

    def members(self, group: str) -> list[str]: ...

    def page(self, last: str, limit: int) -> list[str]: ...


class Grants(Protocol):
    def put(self, grant: Grant) -> None:
        """In place of one with the same subject and pattern, if there is one."""

    def remove(self, subject: str, pattern: Pattern) -> bool:
        """False if there was none."""

    def of(self, subjects: Sequence[str]) -> list[Grant]:
        """All grants of these subjects, in order of subject and pattern."""

    def page(self, last: tuple[str, str], limit: int) -> list[Grant]:
        """Grants after that subject and pattern."""


class Keys(Protocol):
    def add(self, key: SigningKey) -> None: ...

    def all(self) -> list[SigningKey]:
        """The newest first."""

    def retire(self, key_id: str, at: int) -> None: ...

    def remove(self, key_id: str) -> None: ...


class Trusts(Protocol):
    """`used` keeps the digest of a token with where it was first used from, for a while."""

    def put(self, trust: Trust) -> None:
        """In place of one of that name, if there is one."""

    def remove(self, name: str) -> bool: ...

    def find(self, name: str) -> Trust | None: ...

    def of(self, issuer: str) -> list[Trust]:
        """In order of their names."""

    def page(self, last: str, limit: int) -> list[Trust]: ...

    def used(self, digest: str, address: str, until: int) -> str | None:
        """Note the first use, to be forgotten then; a later one answers the first one's address."""

    def forget_used(self, before: int) -> None: ...


class Quotas(Protocol):
    """Quotas are few: every push looks at those that cover its repository."""

    def put(self, quota: Quota) -> None:
        """In place of one for the same pattern, if there is one."""

    def remove(self, pattern: Pattern) -> bool:
        """False if there was none."""

    def page(self, last: str, limit: int) -> list[Quota]: ...

    def covering(self, repository: RepositoryName) -> list[Quota]: ...

    def used(self, pattern: Pattern) -> Usage:
        """By all repositories that the pattern matches: a name, or all below one, or all."""


class Audit(Protocol):
    """The audit log: lines are added and, when they are old, removed; never changed."""

    def add(self, entry: Entry) -> None: ...

    def page(self, last: int, limit: int, wanted: Wanted = EVERY_LINE) -> list[Entry]:
        """Lines after that id."""

    def latest(
        self, limit: int, wanted: Wanted = EVERY_LINE, before: int | None = None
    ) -> list[Entry]:
        """The last lines, or the last before that id, in order of their ids."""

    def remove(self, before: int, limit: int) -> int:
        """Remove the oldest lines from before that time; answers how many."""


class Directory(Protocol):
    """All of these rows, as a transaction has them."""

    @property
    def facts(self) -> Facts: ...
    @property
    def accounts(self) -> Accounts: ...
    @property
    def secrets(self) -> Secrets: ...
    @property
    def groups(self) -> Groups: ...
    @property
    def grants(self) -> Grants: ...
    @property
    def keys(self) -> Keys: ...
    @property
    def trusts(self) -> Trusts: ...
    @property
    def quotas(self) -> Quotas: ...
    @property
    def audit(self) -> Audit: ...
