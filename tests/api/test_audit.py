"""The audit log: what is done over the wire has one line, which says who did it, and no secret."""

import base64
import itertools
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import pytest

from longshore.delivery.environments import applying
from longshore.delivery.environments.environment import Environment
from longshore.delivery.rollouts.services import Service
from longshore.delivery.tags import policies
from longshore.delivery.tags.rules import Rules
from longshore.oci.digest import Digest
from longshore.registry import quotas
from longshore.registry.directory import Actor, Entry, Quota
from longshore.registry.patterns import Pattern
from tests.api.conftest import sound
from tests.api.secured import (
    BEHIND_A_PROXY,
    PASSWORD,
    Asked,
    Secured,
    basic,
    bearer,
    new_address,
)
from tests.content import Pushed, index

FORM = "application/x-www-form-urlencoded"
REPOSITORY = "team/app"
BLOB = Digest.of(b"{}")
UNKNOWN = Digest.of(b"never pushed")
_numbers = itertools.count(1)


@pytest.fixture(scope="module")
def secured(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Secured]:
    folder = tmp_path_factory.mktemp("audit")
    with sound(folder / "data", "--workers", "1", *BEHIND_A_PROXY) as server:
        secured = Secured(server)
        secured.add_user("alice", "team:push,delete")
        secured.add_user("reader", "team:pull")
        for name in ("alice", "reader"):  # from now on their logins are remembered
            assert secured.ask(Asked("GET", "/v2/"), basic(name)).status == 200
        yield secured


class Done(NamedTuple):
    """What a request left in the log: of its own, and who it says it was."""

    status: int
    lines: Sequence[tuple[str, str, str, dict[str, Any]]]


def do(secured: Secured, asked: Asked, header: str | None, name: str = "alice") -> Done:
    """Ask, and look at the lines that have the request's id: they must say who, and from where."""
    request_id, address = f"request-{next(_numbers)}", new_address()
    reply = secured.ask(asked, header, address, request_id)
    assert reply.header("X-Request-Id") == request_id
    lines = [line for line in secured.lines() if line.actor.request_id == request_id]
    assert {line.actor for line in lines} <= {Actor(name, address, request_id)}
    told = [(line.action, line.target, line.outcome, dict(line.detail)) for line in lines]
    return Done(reply.status, told)


def put(pushed: Pushed, reference: str) -> Asked:
    manifest = pushed.manifest
    path = f"/v2/{REPOSITORY}/manifests/{reference}"
    return Asked("PUT", path, manifest.content, manifest.media_type)


def delete(rest: str) -> Asked:
    return Asked("DELETE", f"/v2/{REPOSITORY}/{rest}")


def test_a_push_and_the_move_of_a_tag(secured: Secured) -> None:
    first, second = index(annotations={"number": "1"}), index(annotations={"number": "2"})
    place = f"{REPOSITORY}@{{}}".format
    done = do(secured, put(first, "moves"), basic("alice"))
    assert done == Done(201, [("push", place(first.digest), "done", {"tags": {"moves": None}})])
    done = do(secured, put(second, "moves"), basic("alice"))
    moved = {"tags": {"moves": first.digest}}
    assert done == Done(201, [("push", place(second.digest), "done", moved)])
    done = do(secured, put(second, second.digest), basic("alice"))
    assert done == Done(201, [("push", place(second.digest), "done", {"tags": {}})])
    many = put(first, f"{first.digest}?tag=a&tag=b")
    done = do(secured, many, basic("alice"))
    both = {"tags": {"a": None, "b": None}}
    assert done == Done(201, [("push", place(first.digest), "done", both)])


def test_what_is_deleted(secured: Secured) -> None:
    pushed = index(annotations={"to be": "deleted"})
    do(secured, put(pushed, "goes"), basic("alice"))
    done = do(secured, delete("manifests/goes"), basic("alice"))
    line = ("tag.delete", f"{REPOSITORY}:goes", "done", {"digest": pushed.digest})
    assert done == Done(202, [line])
    done = do(secured, delete(f"manifests/{pushed.digest}"), basic("alice"))
    assert done == Done(202, [("manifest.delete", f"{REPOSITORY}@{pushed.digest}", "done", {})])
    upload = Asked("POST", f"/v2/{REPOSITORY}/blobs/uploads/?digest={BLOB}", b"{}")
    assert do(secured, upload, basic("alice")).status == 201
    done = do(secured, delete(f"blobs/{BLOB}"), basic("alice"))
    assert done == Done(202, [("blob.delete", f"{REPOSITORY}@{BLOB}", "done", {})])


def test_what_failed_for_another_reason_than_rights_has_no_line(secured: Secured) -> None:
    missing = put(index(UNKNOWN), "v1")
    assert do(secured, missing, basic("alice")) == Done(400, [])
    assert do(secured, delete(f"manifests/{UNKNOWN}"), basic("alice")) == Done(404, [])


def test_who_reads_leaves_no_line(secured: Secured) -> None:
    for target in ("/v2/", "/v2/_catalog", f"/v2/{REPOSITORY}/tags/list", "/metrics"):
        assert do(secured, Asked("GET", target), basic("reader"), "reader").lines == []


@pytest.mark.parametrize(
    ("asked", "verb"),
    [
        (put(index(), "v1"), "push"),
        (Asked("POST", f"/v2/{REPOSITORY}/blobs/uploads/"), "push"),
        (delete("manifests/v1"), "delete"),
        (delete(f"blobs/{BLOB}"), "delete"),
        (Asked("GET", "/v2/others/app/tags/list"), "pull"),
        (Asked("HEAD", f"/v2/others/app/blobs/{BLOB}"), "pull"),
    ],
)
def test_a_refusal(asked: Asked, verb: str, secured: Secured) -> None:
    done = do(secured, asked, basic("reader"), "reader")
    [(action, target, outcome, detail)] = done.lines
    assert done.status == 403
    assert (action, target, outcome) == (verb, asked.target, "refused")
    assert detail["reason"].startswith(f"reader may not {verb}")


def refused(secured: Secured, asked: Asked, name: str = "alice") -> tuple[int, str, str, str]:
    """Ask for what is refused: the status, and the action, target and reason of its one line."""
    done = do(secured, asked, basic(name), name)
    [(action, target, outcome, detail)] = done.lines
    assert outcome == "refused"
    return done.status, action, target, detail["reason"]


def test_a_refusal_by_a_policy(secured: Secured) -> None:
    rules = Rules.model_validate({"releases": {"branches": []}, "protected": {"kept": ["chief"]}})
    secured.write(policies.put, Pattern(f"{REPOSITORY}/policed"), rules)
    target = f"/v2/{REPOSITORY}/policed/manifests/"
    first, second = (index(annotations={"number": number}).manifest for number in "12")
    assert (
        do(
            secured, Asked("PUT", f"{target}1.0.0", first.content, first.media_type), basic("alice")
        ).status
        == 201
    )
    for tag, reason in (("1.0.0", "a version never changes"), ("kept", "kept is protected")):
        asked = Asked("PUT", f"{target}{tag}", second.content, second.media_type)
        status, action, of, why = refused(secured, asked)
        assert (status, action, of) == (403, "push", asked.target)
        assert reason in why


def test_a_refusal_by_a_quota(secured: Secured) -> None:
    secured.write(quotas.put, Quota(Pattern(f"{REPOSITORY}/small"), 1, None))
    path = f"/v2/{REPOSITORY}/small/blobs/uploads/"
    status, action, target, reason = refused(secured, Asked("POST", f"{path}?digest={BLOB}", b"{}"))
    assert (status, action, target) == (403, "push", path)
    assert reason.startswith(f"the quota of {REPOSITORY}/small is 1 bytes")


def test_a_refusal_because_other_content_needs_it(secured: Secured) -> None:
    part = index(annotations={"is": "a part"})
    do(secured, put(part, "part"), basic("alice"))
    do(secured, put(index(part.digest), "whole"), basic("alice"))
    asked = delete(f"manifests/{part.digest}")
    assert refused(secured, asked)[:3] == (405, "delete", asked.target)


def test_a_refusal_by_an_environment(secured: Secured) -> None:
    secured.add_user("chief", "**:admin")
    secured.write(applying.apply, [Environment("staging", (Service("web", REPOSITORY),))])
    secured.ask(Asked("GET", "/v2/"), basic("chief"))
    body = b'{"reason": "it is late"}'
    asked = Asked("POST", "/api/v1/environments/staging/pin", body, "application/json")
    assert refused(secured, asked, "chief") == (
        403,
        "manage",
        asked.target,
        "staging runs nothing yet that it could stay with",
    )


def test_a_condition_of_the_callers_own_is_no_refusal(secured: Secured) -> None:
    manifest = index().manifest
    headers = {"Authorization": basic("alice"), "If-Match": f'"{UNKNOWN}"'}
    headers["Content-Type"] = manifest.media_type
    target = f"/v2/{REPOSITORY}/manifests/conditional"
    assert secured.wire.ask("PUT", target, manifest.content, headers).status == 412
    assert [
        line for line in secured.lines() if line.outcome == "refused" and line.target == target
    ] == []


def test_who_is_only_asked_who_it_is_leaves_no_line(secured: Secured) -> None:
    """Anybody could fill the log with it."""
    for header in (None, "nonsense", bearer("a.b.c"), bearer(secured.sign("alice", age=999))):
        done = do(secured, Asked("GET", f"/v2/{REPOSITORY}/tags/list"), header, "anonymous")
        assert done == Done(401, [])


def test_a_login_by_password_and_one_that_fails(secured: Secured) -> None:
    secured.add_user("bob")
    asked = Asked("GET", "/token")
    refused = do(secured, asked, basic("bob", "wrong"), "anonymous")
    reason = {"reason": "wrong name, password or token"}
    assert refused == Done(401, [("login", "bob", "refused", reason)])
    assert do(secured, asked, basic("bob"), "bob") == Done(200, [("login", "bob", "done", {})])
    assert do(secured, asked, basic("bob"), "bob") == Done(200, [])  # it is remembered


def test_nobody_is_blamed_for_a_login_that_failed(secured: Secured) -> None:
    """The name is what somebody said: it may be the system's, or as long as it pleases."""
    for name in ("system", "local", "alice", "x" * 5000, "ü\n"):
        done = do(secured, Asked("GET", "/v2/"), basic(name, "wrong"), "anonymous")
        [(action, target, outcome, _)] = done.lines
        assert (action, target, outcome) == ("login", name[:80], "refused")


def test_a_login_by_secret_says_which_one(secured: Secured) -> None:
    text = secured.add_robot("build")
    [secret] = secured.write(lambda tx: tx.secrets.of("build"))
    expected = [("login", "build", "done", {"secret": secret.id})]
    assert do(secured, Asked("GET", "/v2/"), bearer(text), "build").lines == expected
    assert do(secured, Asked("GET", "/v2/"), basic("build", text), "build").lines == expected


def test_a_login_that_is_kept_and_its_use(secured: Secured) -> None:
    secured.add_user("carol")
    form = f"grant_type=password&username=carol&password={PASSWORD.replace(' ', '+')}"
    login = Asked("POST", "/token", f"{form}&access_type=offline&client_id=ci".encode(), FORM)
    first, second = _lines_of(secured, login, "carol")
    assert (first.action, first.target) == ("login", "carol")
    assert (second.action, second.target, second.detail["kind"]) == (
        "secret.add",
        "carol",
        "refresh",
    )
    assert second.actor.name == "carol"
    text = secured.ask(login).json()["refresh_token"]
    use = Asked("POST", "/token", f"grant_type=refresh_token&refresh_token={text}".encode(), FORM)
    [line] = _lines_of(secured, use, "carol")
    assert (line.action, line.target, line.outcome) == ("login", "carol", "done")
    assert line.detail["secret"]
    invented = Asked("POST", "/token", b"grant_type=refresh_token&refresh_token=x", FORM)
    [(action, _, outcome, _)] = do(secured, invented, None, "anonymous").lines
    assert (action, outcome) == ("login", "refused")


def _lines_of(secured: Secured, asked: Asked, name: str) -> list[Entry]:
    before = len(secured.lines())
    assert secured.ask(asked).status == 200
    lines = secured.lines()[before:]
    assert {line.actor.name for line in lines} == {name}
    return lines


def test_no_secret_is_in_any_line_nor_in_any_file_nor_in_the_log(secured: Secured) -> None:
    """Whatever way it was sent: right, wrong, as a name, without a scheme, in a query."""
    robot, other = secured.add_robot("planted", "team:push"), secured.add_robot("off")
    token = secured.token(basic("planted", robot), f"repository:{REPOSITORY}:push")
    planted = [robot, other, token, PASSWORD, "a wrong password", basic("alice")[6:]]
    headers = [
        *(basic("planted", secret) for secret in planted),
        *(basic("alice", secret) for secret in planted),
        *(basic(secret, "wrong") for secret in (robot, other)),
        *(bearer(secret) for secret in (robot, other, token)),
        *(secret for secret in (robot, token)),
        *(f"Token {secret}" for secret in (robot, token)),
        f"Basic {robot}",
        f"Basic {base64.b64encode(robot.encode()).decode()}",
    ]
    for header in headers:
        for asked in (
            Asked("GET", "/v2/"),
            Asked("GET", f"/token?password={robot}&refresh_token={other}"),
            put(index(), "v1"),
            Asked("POST", "/token", f"grant_type=password&password={robot}".encode(), FORM),
        ):
            assert secured.ask(asked, header).status < 500
    told = [repr(line) for line in secured.lines()]
    told += [
        path.read_bytes().decode("latin-1") for path in secured.root.rglob("*") if path.is_file()
    ]
    told.append(secured.server.log.read_text())
    for secret in planted:
        assert not [one for one in told if secret in one]
