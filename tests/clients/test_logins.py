"""crane, oras, regctl and skopeo against a registry with accounts.

Each logs in, pushes, pulls, copies and deletes, among public and private repositories; bytes are
compared, and what is refused is told in words that a person understands.
"""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.clients.accounts import ALICE, BOB, CAROL, ROBOT, Secured
from tests.clients.content import Descriptor, Layout, read_layout, tagged
from tests.clients.dialects import DIALECTS, Speaker
from tests.clients.tools import Cli

ARTIFACT = "application/vnd.example.report.v1"
FEW = 12  # requests of a client that is refused and does not loop
# Ours, where a program shows what it was told; regctl and skopeo have words of their own.
WRONG = ("wrong name, password or token", "unauthorized", "invalid username/password")

Meet = Callable[[Secured], Speaker]


@pytest.fixture(params=DIALECTS, ids=[Path(program).name for program in DIALECTS])
def meet(request: pytest.FixtureRequest, own_home: dict[str, str]) -> Meet:
    """Return each program in turn, for the server it is to talk to."""

    def met(server: Secured) -> Speaker:
        speaker = Speaker(request.param, Cli(request.param, own_home), server.host)
        speaker.set_up()
        return speaker

    return met


@pytest.fixture
def speaker(meet: Meet, secured: Secured) -> Speaker:
    return meet(secured)


@pytest.fixture
def pushed(layout: Layout, word: str) -> Descriptor:
    """Return an image, under the tag 1 of the layout, that no other test has."""
    described = layout.image({"message": word.encode() * 1000})
    layout.tag("1", described)
    return described


def in_layout(folder: Path) -> str:
    """Return the digest of the only manifest that a program wrote there."""
    (digest,) = tagged(folder).values()
    return digest


def test_login_push_pull_delete_logout(
    speaker: Speaker,
    secured: Secured,
    layout: Layout,
    pushed: Descriptor,
    word: str,
    tmp_path: Path,
) -> None:
    name, out = f"team/{word}", tmp_path / "out"
    repository, image = secured.repository(name), f"{secured.host}/{name}:1"
    speaker.log_in(ALICE, secured.passwords[ALICE])
    speaker.say("push", layout=layout.path, image=image)
    assert repository.digest("1") == pushed["digest"]
    assert repository.tree("1") == layout.tree(pushed)

    speaker.say("pull", image=image, out=out)
    assert in_layout(out) == pushed["digest"]
    assert read_layout(out, pushed["digest"]) == layout.tree(pushed)

    assert "1" in speaker.say("tags", repository=f"{secured.host}/{name}")
    speaker.say("delete", image=image)
    assert not repository.has("manifests", "1")

    speaker.say("logout")
    speaker.fail("push", layout=layout.path, image=image)
    assert not repository.has("manifests", "1")


def test_wrong_password(meet: Meet, strict: Secured) -> None:
    speaker = meet(strict)
    if speaker.program == "crane":  # it keeps whatever it is given, and asks nobody
        speaker.say("login", name=ALICE, given=b"guessed")
        said = speaker.fail("tags", repository=f"{strict.host}/public/none")
    else:
        said = speaker.fail("login", name=ALICE, given=b"guessed")
    assert any(words in said for words in WRONG)
    assert "guessed" not in said
    assert len(strict.requests("/")) <= FEW


def test_public_and_private_without_login(
    speaker: Speaker,
    secured: Secured,
    layout: Layout,
    pushed: Descriptor,
    word: str,
    tmp_path: Path,
) -> None:
    for name in (f"public/{word}", f"team/{word}"):
        secured.repository(name).push(layout, pushed, "1")
    public, private = (f"{secured.host}/{name}/{word}" for name in ("public", "team"))
    speaker.say("pull", image=f"{public}:1", out=tmp_path / "out")
    assert read_layout(tmp_path / "out", pushed["digest"]) == layout.tree(pushed)
    assert "1" in speaker.say("tags", repository=public)

    refusals = [
        speaker.fail("pull", image=f"{private}:1", out=tmp_path / "none"),
        speaker.fail("push", layout=layout.path, image=f"{public}:2"),
        speaker.fail("tags", repository=private),
        speaker.fail("delete", image=f"{public}:1"),
    ]
    for said in refusals:
        assert "authentication required" in said or "unauthorized" in said.lower()
    assert secured.repository(f"public/{word}").tags() == ["1"]


def test_what_is_there_and_what_is_not_are_refused_alike(
    speaker: Speaker, secured: Secured, layout: Layout, pushed: Descriptor, word: str
) -> None:
    secured.repository(f"secret/{word}").push(layout, pushed, "1")
    speaker.log_in(CAROL, secured.passwords[CAROL])
    there = speaker.fail("tags", repository=f"{secured.host}/secret/{word}")
    missing = speaker.fail("tags", repository=f"{secured.host}/secret/{word}-not")
    assert without_time(there) == without_time(missing).replace(f"{word}-not", word)


def without_time(said: str) -> str:
    """Return what skopeo says without the time it puts in front."""
    return said.partition("level=")[2] or said


def test_without_right(
    speaker: Speaker, secured: Secured, layout: Layout, pushed: Descriptor, word: str
) -> None:
    secured.repository(f"public/{word}").push(layout, pushed, "1")
    before = len(secured.requests(f"public/{word}"))
    speaker.log_in(BOB, secured.passwords[BOB])
    refusals = [
        speaker.fail("push", layout=layout.path, image=f"{secured.host}/public/{word}:2"),
        speaker.fail("delete", image=f"{secured.host}/public/{word}:1"),
    ]
    for said in refusals:
        assert "denied" in said.lower() or "bob may not" in said or "403" in said
    assert len(secured.requests(f"public/{word}")) - before <= 2 * FEW
    assert secured.repository(f"public/{word}").tags() == ["1"]


def test_copy_from_public_to_private(
    speaker: Speaker,
    secured: Secured,
    layout: Layout,
    pushed: Descriptor,
    word: str,
    tmp_path: Path,
) -> None:
    """Layers are mounted. skopeo asks for what it has seen before alone, so each pulls first."""
    source, target = f"public/{word}", f"team/{word}"
    report = layout.artifact(b"all is well", ARTIFACT, subject=pushed)
    secured.repository(source).push(layout, pushed, "1")
    secured.repository(source).push(layout, report)
    speaker.log_in(ALICE, secured.passwords[ALICE])
    speaker.say("pull", image=f"{secured.host}/{source}:1", out=tmp_path / "out")
    speaker.say("copy", image=f"{secured.host}/{source}:1", target=f"{secured.host}/{target}:1")
    assert secured.repository(target).tree("1") == layout.tree(pushed)
    asked = secured.requests(f"/v2/{target}/blobs/uploads/")
    assert "POST 201" in asked
    # Only skopeo uploads the configuration, which it does not look for elsewhere.
    # Referrers, with their blobs, are what only oras and regctl copy.
    assert asked.count("PUT 201") == ("skopeo" in speaker.program)
    taken = [report["digest"]] if speaker.program in {"oras", "regctl"} else []
    assert secured.repository(target).referrers(pushed["digest"]) == taken


def test_copy_to_where_the_source_may_not_be_read(
    speaker: Speaker, secured: Secured, layout: Layout, pushed: Descriptor, word: str
) -> None:
    """skopeo remembers where it saw a layer, and asks to mount it from there: 202, never 403."""
    speaker.log_in(BOB, secured.passwords[BOB])
    speaker.say("push", layout=layout.path, image=f"{secured.host}/secret/{word}:1")
    speaker.log_in(ALICE, secured.passwords[ALICE])
    speaker.say("push", layout=layout.path, image=f"{secured.host}/team/{word}:1")
    assert secured.repository(f"team/{word}").tree("1") == layout.tree(pushed)
    asked = secured.requests(f"/v2/team/{word}/")
    assert "POST 201" not in asked
    assert not [each for each in asked if each.endswith((" 403", " 500"))]


def test_robot(
    speaker: Speaker, secured: Secured, layout: Layout, pushed: Descriptor, word: str
) -> None:
    speaker.log_in(ROBOT, secured.passwords[ROBOT])
    speaker.say("push", layout=layout.path, image=f"{secured.host}/team/app:{word}")
    assert secured.repository("team/app").digest(word) == pushed["digest"]
    speaker.fail("push", layout=layout.path, image=f"{secured.host}/team/{word}:1")
    # regctl then moves the tag away, which whoever may push may; the content stays.
    speaker.fail("delete", image=f"{secured.host}/team/app:{word}")
    assert secured.repository("team/app").tree(pushed["digest"]) == layout.tree(pushed)


def test_catalog_has_what_may_be_pulled(
    own_home: dict[str, str], secured: Secured, layout: Layout, pushed: Descriptor, word: str
) -> None:
    for name in ("public", "secret", "team"):
        secured.repository(f"{name}/{word}").push(layout, pushed, "1")
    for program in ("crane", "oras", "regctl"):
        speaker = Speaker(program, Cli(program, own_home), secured.host)
        speaker.set_up()
        for name, seen in (
            ("", {"public"}),
            (ALICE, {"public", "team"}),
            (BOB, {"public", "secret"}),
        ):
            if name:
                speaker.log_in(name, secured.passwords[name])
            listed = speaker.say("catalog").split()
            assert {one.partition("/")[0] for one in listed if one.endswith(f"/{word}")} == seen
        speaker.say("logout")


def test_attach_and_discover(
    own_home: dict[str, str],
    secured: Secured,
    layout: Layout,
    pushed: Descriptor,
    word: str,
    tmp_path: Path,
) -> None:
    """With oras: who may push attaches, who may pull discovers, nobody else does either."""
    oras = Speaker("oras", Cli("oras", own_home), secured.host)
    secured.repository(f"team/{word}").push(layout, pushed, "1")
    image = f"{secured.host}/team/{word}:1"
    report = tmp_path / "report.txt"
    report.write_text("all is well\n")
    attach = ("attach", "--plain-http", "--disable-path-validation", "--artifact-type", ARTIFACT)
    discover = ("discover", "--plain-http", "--format", "json", image)

    oras.log_in(BOB, secured.passwords[BOB])
    assert "Forbidden" in oras.cli.fail(*attach, image, report)
    assert "Forbidden" in oras.cli.fail(*discover)
    oras.log_in(ALICE, secured.passwords[ALICE])
    oras.cli(*attach, image, report)
    (found,) = json.loads(oras.cli(*discover))["referrers"]
    assert secured.repository(f"team/{word}").referrers(pushed["digest"]) == [found["digest"]]
    oras.say("logout")
    assert "Unauthorized" in oras.cli.fail(*discover)
