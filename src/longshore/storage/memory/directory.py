"""Accounts and all that belongs to them in memory. Implements `directory`'s ports."""

from __future__ import annotations

from collections.abc import Sequence

from longshore.oci.names import RepositoryName
from longshore.registry.directory import Account, Kind, Quota, Secret, SigningKey, Usage
from longshore.registry.grants import Grant
from longshore.registry.patterns import Pattern
from longshore.registry.trust import Trust
from longshore.storage.memory.rows import Rows


class Facts:
    def __init__(self, rows: Rows) -> None:
        self._facts = rows.facts

    def get(self, name: str) -> str | None:
        return self._facts.get(name)

    def put(self, name: str, value: str) -> None:
        self._facts[name] = value


class Accounts:
    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    def add(self, account: Account) -> None:
        self._rows.accounts[account.name] = account

    def find(self, name: str) -> Account | None:
        return self._rows.accounts.get(name)

    def change(self, account: Account) -> None:
        former = self._rows.accounts[account.name]
        self._rows.accounts[account.name] = former._replace(
            description=account.description, is_enabled=account.is_enabled
        )

    def password(self, name: str) -> str | None:
        return self._rows.passwords.get(name)

    def set_password(self, name: str, hashed: str) -> None:
        if name in self._rows.accounts:
            self._rows.passwords[name] = hashed

    def remove(self, name: str) -> None:
        rows = self._rows
        for named in (rows.accounts, rows.passwords, rows.trusts):
            named.pop(name, None)
        rows.secrets = {d: one for d, one in rows.secrets.items() if one.account != name}
        rows.members = {one for one in rows.members if one[1] != name}
        rows.grants = {place: one for place, one in rows.grants.items() if one.subject != name}

    def page(self, last: str, limit: int, kind: Kind | None = None) -> list[Account]:
        accounts = sorted(self._rows.accounts.items())
        found = [one for name, one in accounts if name > last and kind in {None, one.kind}]
        return found[:limit]


class Secrets:
    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    def add(self, secret: Secret, digest: str) -> None:
        self._rows.secrets[digest] = secret

    def find(self, digest: str) -> Secret | None:
        return self._rows.secrets.get(digest)

    def of(self, account: str) -> list[Secret]:
        found = [one for one in self._rows.secrets.values() if one.account == account]
        return sorted(found, key=lambda one: (one.created_at, one.id))

    def use(self, secret_id: str, at: int) -> None:
        for digest, one in self._rows.secrets.items():
            if one.id == secret_id:
                self._rows.secrets[digest] = one._replace(last_used_at=at)

    def remove(self, account: str, secret_id: str) -> bool:
        for digest, one in self._rows.secrets.items():
            if (one.account, one.id) == (account, secret_id):
                del self._rows.secrets[digest]
                return True
        return False

    def remove_expired(self, before: int) -> None:
        secrets = self._rows.secrets
        for digest, one in list(secrets.items()):
            if one.expires_at is not None and one.expires_at < before:
                del secrets[digest]


class Groups:
    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    def add(self, group: str, account: str) -> None:
        self._rows.members.add((group, account))

    def remove(self, group: str, account: str) -> bool:
        is_member = (group, account) in self._rows.members
        self._rows.members.discard((group, account))
        return is_member

    def of(self, account: str) -> list[str]:
        return sorted(group for group, one in self._rows.members if one == account)

    def members(self, group: str) -> list[str]:
        return sorted(account for one, account in self._rows.members if one == group)

    def page(self, last: str, limit: int) -> list[str]:
        return sorted({group for group, _ in self._rows.members if group > last})[:limit]


class Grants:
    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    def put(self, grant: Grant) -> None:
        self._rows.grants[grant.subject, grant.pattern] = grant

    def remove(self, subject: str, pattern: Pattern) -> bool:
        return self._rows.grants.pop((subject, pattern), None) is not None

    def of(self, subjects: Sequence[str]) -> list[Grant]:
        return [one for place, one in sorted(self._rows.grants.items()) if place[0] in subjects]

    def page(self, last: tuple[str, str], limit: int) -> list[Grant]:
        return [one for place, one in sorted(self._rows.grants.items()) if place > last][:limit]


class Keys:
    def __init__(self, rows: Rows) -> None:
        self._keys = rows.keys

    def add(self, key: SigningKey) -> None:
        self._keys[key.key.id] = key

    def all(self) -> list[SigningKey]:
        return sorted(self._keys.values(), key=lambda one: (-one.created_at, one.key.id))

    def retire(self, key_id: str, at: int) -> None:
        if key_id in self._keys:
            self._keys[key_id] = self._keys[key_id]._replace(retired_at=at)

    def remove(self, key_id: str) -> None:
        self._keys.pop(key_id, None)


class Trusts:
    def __init__(self, rows: Rows) -> None:
        self._trusts = rows.trusts
        self._used = rows.used_tokens

    def put(self, trust: Trust) -> None:
        self._trusts[trust.name] = trust

    def remove(self, name: str) -> bool:
        return self._trusts.pop(name, None) is not None

    def find(self, name: str) -> Trust | None:
        return self._trusts.get(name)

    def of(self, issuer: str) -> list[Trust]:
        return [one for _, one in sorted(self._trusts.items()) if one.issuer == issuer]

    def page(self, last: str, limit: int) -> list[Trust]:
        return [one for name, one in sorted(self._trusts.items()) if name > last][:limit]

    def used(self, digest: str, address: str, until: int) -> str | None:
        if digest in self._used:
            return self._used[digest][0]
        self._used[digest] = address, until
        return None

    def forget_used(self, before: int) -> None:
        for digest, (_, until) in list(self._used.items()):
            if until < before:
                del self._used[digest]


class Quotas:
    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    def put(self, quota: Quota) -> None:
        self._rows.quotas[quota.pattern] = quota

    def remove(self, pattern: Pattern) -> bool:
        return self._rows.quotas.pop(pattern, None) is not None

    def page(self, last: str, limit: int) -> list[Quota]:
        return [one for name, one in sorted(self._rows.quotas.items()) if name > last][:limit]

    def covering(self, repository: RepositoryName) -> list[Quota]:
        found = sorted(self._rows.quotas.items())
        return [quota for _, quota in found if quota.pattern.matches(repository)]

    def used(self, pattern: Pattern) -> Usage:
        rows = self._rows
        names = {name for name in rows.repositories if pattern.matches(name)}
        sizes = [rows.blobs[digest].size for name, digest in rows.links if name in names]
        return Usage(sum(sizes), len(names))
