"""`longshore group`, `grant`, `trust`, `key` and `audit`, as a user types them."""

import json
import os
import signal
import subprocess
import sys

import pytest

from tests.cli.managed import Folder
from tests.cli.program import WIDE, longshore

GITHUB = "https://token.actions.githubusercontent.com"


def test_a_group_is_made_listed_and_left(folder: Folder) -> None:
    assert folder.do("group", "add", "developers", "alice") == "alice is in developers.\n"
    assert folder.do("group", "list") == "NAME        MEMBERS\ndevelopers  1\n"
    assert folder.do("group", "list", "developers") == "MEMBER\nalice\n"
    assert folder.json("group", "list") == [{"name": "developers", "size": 1}]
    assert folder.json("group", "list", "developers") == ["alice"]
    assert folder.run("group", "add", "developers", "bob").returncode == 1
    folder.do("group", "add", "developers", "bob", "--unknown")
    removed = folder.do("group", "remove", "developers", "alice")
    assert removed == "alice is not in developers any more.\n"


def test_a_grant_is_given_listed_and_taken(folder: Folder) -> None:
    done = folder.do("grant", "add", "alice", "team/**", "pull,push,delete")
    assert done == "alice may pull, push, delete in team/**.\n"
    folder.do("grant", "add", "anonymous", "public/**", "pull")
    assert folder.do("grant", "list").splitlines() == [
        "SUBJECT    PATTERN    VERBS",
        "alice      team/**    pull,push,delete",
        "anonymous  public/**  pull",
    ]
    [grant] = folder.json("grant", "list", "--subject", "anonymous")
    assert grant == {"subject": "anonymous", "pattern": "public/**", "verbs": ["pull"]}
    removed = folder.do("grant", "remove", "alice", "team/**")
    assert removed == "alice has no grant for team/** any more.\n"
    assert folder.run("grant", "remove", "alice", "team/**").returncode == 1


def test_a_quota_is_set_listed_and_removed(folder: Folder) -> None:
    done = folder.do("quota", "set", "team/**", "--bytes", "50GiB", "--repositories", "20")
    assert done == "team/** may hold 50GiB in 20 repositories.\n"
    assert folder.do("quota", "list").splitlines() == [
        "PATTERN  BYTES             REPOSITORIES",
        "team/**  0 of 53687091200  0 of 20",
    ]
    [quota] = folder.json("quota", "list")
    assert quota["used"] == {"bytes": 0, "repositories": 0}
    assert folder.run("quota", "set", "team/**").returncode == 2
    assert folder.run("quota", "set", "team/**", "--bytes", "much").returncode == 2
    assert folder.do("quota", "remove", "team/**") == "team/** has no quota any more.\n"
    assert folder.run("quota", "remove", "team/**").returncode == 1


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("alice", "team/**", "all"), 2),
        (("alice", "Team", "pull"), 2),
        (("bob", "team/**", "pull"), 1),
        (("@nobody", "team/**", "pull"), 1),
        (("bob", "team/**", "pull", "--unknown"), 0),
    ],
)
def test_a_grant_that_can_not_be_is_refused(
    folder: Folder, words: tuple[str, ...], code: int
) -> None:
    assert folder.run("grant", "add", *words).returncode == code


def test_a_trust_says_which_tokens_it_wants(folder: Folder) -> None:
    claims = ("--claim", "repository=acme/app", "--claim", "ref=refs/heads/*")
    words = ("trust", "add", "github", "--issuer", GITHUB, *claims, "--grant", "team/app:push")
    assert folder.do(*words).endswith("with a token for http://127.0.0.1:5000\n")
    [trust] = folder.json("trust", "list")
    assert trust["claims"] == {"repository": "acme/app", "ref": "refs/heads/*"}
    assert trust["grants"] == [{"pattern": "team/app", "verbs": ["push"]}]
    table = folder.do("trust", "list")
    assert "repository=acme/app" in table
    assert folder.do("trust", "remove", "github") == "Removed github.\n"
    assert folder.json(*words, "--audience", "other", "--single-use")["audience"] == "other"


@pytest.mark.parametrize(
    "claims", [("repository",), ("=x",), ("a=",), ("a=1", "a=2"), ("ref=refs/heads/main",)]
)
def test_a_trust_that_strangers_fit_is_refused(folder: Folder, claims: tuple[str, ...]) -> None:
    options = [part for claim in claims for part in ("--claim", claim)]
    assert folder.run("trust", "add", "github", "--issuer", GITHUB, *options).returncode == 2
    assert folder.json("trust", "list") == []


def test_a_key_is_rotated_and_its_id_is_shown(folder: Folder) -> None:
    [former] = folder.json("key", "list")
    number = folder.do("key", "rotate").split()[0]
    newest, retired = folder.json("key", "list")
    assert (newest["id"], newest["retired_at"]) == (number, None)
    assert retired["id"] == former["id"]
    heading, first, _ = folder.do("key", "list").splitlines()
    assert heading.split() == ["ID", "CREATED", "GOOD", "UNTIL"]
    assert first.endswith("signs")
    assert folder.json("key", "rotate").keys() == {"id"}


def test_the_audit_log_is_lines(folder: Folder) -> None:
    folder.do("grant", "add", "alice", "team/**", "pull,push,delete")
    lines = folder.do("audit", "tail", "--json").splitlines()
    entries = [json.loads(line) for line in lines]
    assert [entry["action"] for entry in entries] == ["user.add", "grant.add"]
    assert {entry["actor"] for entry in entries} == {"local"}
    told = folder.do("audit", "tail", "-n", "1")
    assert "grant.add alice" in told
    assert "verbs=delete,pull,push" in told
    assert folder.do("audit", "tail", "--actor", "nobody") == ""
    assert folder.run("audit", "tail", "--outcome", "unclear").returncode == 2


def test_the_audit_log_is_listed_from_its_end(folder: Folder) -> None:
    for verb in ("pull", "push", "delete"):
        folder.do("grant", "add", "alice", "team/app", verb)
    entries = folder.json("audit", "list")
    assert [entry["action"] for entry in entries] == [*["grant.add"] * 3, "user.add"]
    assert [entry["detail"].get("verbs") for entry in entries[:2]] == [["delete"], ["push"]]
    done = folder.run("audit", "list", "--limit", "2", "--action", "grant.add")
    assert [line.rpartition(" ")[2] for line in done.stdout.splitlines()] == [
        "verbs=delete",
        "verbs=push",
    ]
    assert "There are older ones: --limit 20" in done.stderr
    assert folder.json("audit", "list", "--since", "2126-01-01") == []
    assert len(folder.json("audit", "list", "--since", "1h")) == 4
    assert (
        "--since: write a time such as"
        in folder.run("audit", "list", "--since", "yesterday").stderr
    )


def test_the_audit_log_fits_80_columns(folder: Folder) -> None:
    folder.do("grant", "add", "alice", "team/" + "x" * 200, "pull")
    done = longshore("audit", "tail", "--root", str(folder.root), COLUMNS="80")
    assert done.returncode == 0
    assert max(map(len, done.stdout.splitlines())) <= 80


def test_who_follows_the_audit_log_sees_what_comes_until_interrupted(folder: Folder) -> None:
    command = [sys.executable, "-m", "longshore", "audit", "tail", "--follow", "--json"]
    following = subprocess.Popen(
        [*command, "--action", "group.add", "-n", "1", "--root", str(folder.root)],
        env={**WIDE, "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    with following:
        assert following.stdout is not None
        assert following.stderr is not None
        for group in ("a", "b"):
            folder.do("group", "add", group, "alice")
            assert json.loads(following.stdout.readline())["target"] == group
        os.kill(following.pid, signal.SIGINT)
        try:
            assert following.wait(30) == 0
        finally:
            following.kill()
        assert following.stderr.read() == b""
