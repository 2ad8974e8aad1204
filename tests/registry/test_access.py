"""The rules of access: what a caller may do, and what a token is narrowed to."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from longshore.delivery.ports import Metadata
from longshore.oci.names import RepositoryName
from longshore.oci.scope import CATALOG, parse_scopes
from longshore.registry import access, accounts, administration
from longshore.registry.access import LOCAL, NOBODY, OPEN, Caller, State, narrow
from longshore.registry.directory import Account
from longshore.registry.grants import ANONYMOUS, AUTHENTICATED, Grant, Verb
from longshore.registry.patterns import EVERYTHING, Pattern
from longshore.registry.ports import Transaction
from tests.backends import Time
from tests.registry.granting import grant, known, scopes_of

REPOSITORIES = ("team", "team/app", "other")


def allowed(caller: Caller) -> set[tuple[str, str]]:
    return {
        (str(verb), name) for verb, name in product(Verb, REPOSITORIES) if caller.may(verb, name)
    }


def test_who_was_not_asked_may_do_nothing() -> None:
    assert allowed(NOBODY) == set()
    assert NOBODY.is_anonymous
    assert not NOBODY.administers_all


def test_everybody_may_do_everything_to_content_of_an_open_registry() -> None:
    assert allowed(OPEN) == set(product(("pull", "push", "delete"), REPOSITORIES))
    assert OPEN.is_anonymous
    assert not OPEN.administers_all


def test_who_reads_the_files_may_do_everything() -> None:
    assert allowed(LOCAL) == set(product(map(str, Verb), REPOSITORIES))
    assert LOCAL.administers_all
    assert not LOCAL.is_anonymous


def test_grants_add_up() -> None:
    caller = known("team:pull", "team/app:push", "other:delete")
    assert allowed(caller) == {
        ("pull", "team"),
        ("pull", "team/app"),
        ("push", "team/app"),
        ("pull", "other"),
        ("delete", "other"),
    }


@pytest.mark.parametrize(
    ("scopes", "expected"),
    [
        (None, {"pull", "push"}),
        ("", set()),
        ("repository:team/app:pull", {"pull"}),
        ("repository:team/app:push", {"push"}),
        ("repository:team/app:pull,push,delete", {"pull", "push"}),
        ("repository:team/app:pull repository:team/app:push", {"pull", "push"}),
        ("repository:team:pull", set()),
        ("repository:team/**:pull", set()),
        ("repository:team/app:*", set()),
        ("registry:team/app:pull", set()),
    ],
)
def test_a_token_is_good_for_its_scopes_and_for_what_is_granted(
    scopes: str | None, expected: set[str]
) -> None:
    caller = known("team:push", scopes=scopes)
    assert {str(verb) for verb in Verb if caller.may(verb, "team/app")} == expected
    # What the account is granted stays known: it tells a small token from a small account.
    assert caller.is_granted(Verb.PUSH, "team/app")


@pytest.mark.parametrize(
    ("grants", "pattern", "expected"),
    [
        (["**:admin"], "**", True),
        (["team:admin"], "team/app", True),
        (["team/**:admin"], "team/*/cache", True),
        (["team/**:admin"], "team", False),
        (["team:admin"], "**", False),
        (["**:pull,push,delete"], "team", False),
        (["other:admin", "team:push"], "team", False),
    ],
)
def test_who_administers_a_pattern(grants: list[str], pattern: str, expected: bool) -> None:
    assert known(*grants).administers(Pattern.parse(pattern)) == expected


def test_a_token_does_not_administer_the_registry() -> None:
    assert known("**:admin").administers_all
    assert not known("**:admin", scopes="").administers_all
    assert not known("team:admin").administers_all


NAMES = ["a", "a/b", "a-b", "a.b", "a/b/c", "b", "ab"]
GRANTS = st.lists(
    st.sampled_from(["a:pull", "a/b:push", "a-b:delete", "a/**:pull", "**/b:pull", "a*:pull"])
    | st.just("**:pull"),
    max_size=4,
)


@given(GRANTS)
def test_all_that_may_be_pulled_begins_with_one_of_the_prefixes(grants: list[str]) -> None:
    caller = known(*grants)
    prefixes = caller.prefixes()
    assert prefixes == sorted(prefixes)
    for name in NAMES:
        begun = [prefix for prefix in prefixes if name.startswith(prefix)]
        assert len(begun) <= 1  # else it would be listed twice
        assert begun or not caller.may(Verb.PULL, name)


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ("repository:team/app:pull", "repository:team/app:pull"),
        ("repository:team/app:pull,push", "repository:team/app:pull,push"),
        ("repository:team/app:delete,pull", "repository:team/app:pull"),
        ("repository:team/app:*", "repository:team/app:pull,push"),
        ("repository:team/app:*,pull", "repository:team/app:pull,push"),
        ("repository:team/app:admin", "repository:team/app:"),
        ("repository:team/app:pull,invented", "repository:team/app:pull"),
        ("repository:other:pull", "repository:other:"),
        ("repository:TEAM:pull", ""),
        ('repository:team/"app":pull', ""),
        ("repository(plugin):team/app:pull", "repository:team/app:pull"),
        (CATALOG, CATALOG),
        ("registry:other:*", ""),
        ("invented:team/app:pull", ""),
    ],
)
def test_a_token_gets_what_is_granted_of_what_was_asked(asked: str, expected: str) -> None:
    narrowed = narrow(known("team:push"), parse_scopes(asked))
    assert " ".join(map(str, narrowed)) == expected


def test_what_is_narrowed_is_never_more_than_the_caller_may() -> None:
    caller = known("team/*:push", "other:pull,delete")
    asked = parse_scopes(" ".join(f"repository:{name}:*" for name in REPOSITORIES))
    token = Caller("alice", caller.grants, tuple(narrow(caller, asked)))
    assert allowed(token) == allowed(caller)
    assert allowed(Caller("alice", (), tuple(narrow(caller, asked)))) == set()


def fill(tx: Transaction) -> None:
    for name in ("alice", "bob"):
        tx.accounts.add(Account(name, "user", "", is_enabled=True, created_at=0))
    tx.groups.add("readers", "alice")
    tx.groups.add("alice", "bob")  # a group named as somebody is
    for subject in ("alice", "@alice", "bob", "@readers", "@others", ANONYMOUS, AUTHENTICATED):
        tx.grants.put(Grant(subject, Pattern("of/" + subject.strip("@")), frozenset({Verb.PULL})))


@pytest.mark.parametrize(
    ("name", "subjects"),
    [
        (ANONYMOUS, {ANONYMOUS}),
        ("alice", {ANONYMOUS, AUTHENTICATED, "alice", "@readers"}),
        ("bob", {ANONYMOUS, AUTHENTICATED, "bob", "@alice"}),
        ("carol", {ANONYMOUS, AUTHENTICATED}),
    ],
)
async def test_a_caller_has_the_grants_of_all_that_it_is(
    name: str, subjects: set[str], metadata: Metadata
) -> None:
    await metadata.write(fill)
    scopes = scopes_of("repository:a:pull")
    caller = await metadata.read(access.caller, name, scopes, "who")
    assert {grant.subject for grant in caller.grants} == subjects
    assert (caller.name, caller.scopes, caller.identity) == (name, scopes, "who")


async def test_the_first_account_secures_the_registry_for_good(
    metadata: Metadata, time: Time
) -> None:
    assert await metadata.read(access.state) == State(0, is_secured=False)
    await metadata.write(accounts.add, "alice", "user")
    first = await metadata.read(access.state)
    assert first.is_secured
    assert first.version > 0
    time.advance(5)
    await metadata.write(accounts.remove, "alice")
    last = await metadata.read(access.state)
    assert last.is_secured
    assert last.version > first.version


async def test_what_others_are_granted_does_not_close_an_open_registry(metadata: Metadata) -> None:
    await metadata.write(administration.grant, grant(ANONYMOUS, "**:pull"))
    assert not (await metadata.read(access.state)).is_secured


def test_repositories_are_compared_byte_by_byte() -> None:
    caller = Caller("alice", (Grant("alice", EVERYTHING, frozenset({Verb.PULL})),))
    assert caller.may(Verb.PULL, RepositoryName("a"))
    token = Caller("alice", caller.grants, scopes_of("repository:A:pull"))
    assert not token.may(Verb.PULL, "a")
