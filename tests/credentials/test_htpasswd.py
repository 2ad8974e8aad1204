"""Files of htpasswd: what a line may be, and what becomes of a file that changes."""

import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from longshore.credentials import htpasswd
from longshore.credentials.htpasswd import HtpasswdFile, HtpasswdInvalid
from longshore.registry.credentials import PasswordFile
from tests.depth import part

A = "$2y$05$" + "A" * 53
B = "$2b$10$" + "B" * 53


class Time:
    """A clock that a test moves; seconds."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


class Opened:
    """A file, the time, and what was reported."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "htpasswd"
        self.time = Time()
        self.reports: list[HtpasswdInvalid] = []
        self.path.write_text(f"alice:{A}\n")
        self.file: HtpasswdFile = HtpasswdFile(self.path, self.reports.append, self.time)

    def later(self) -> PasswordFile:
        self.time.now += htpasswd.LOOK_EVERY
        return self.file


@pytest.fixture
def opened(tmp_path: Path) -> Opened:
    return Opened(tmp_path)


def read(folder: Path, content: bytes) -> HtpasswdFile:
    path = folder / "htpasswd"
    path.write_bytes(content)
    return HtpasswdFile(path, lambda error: pytest.fail(str(error)))


def refusal(folder: Path, content: bytes) -> HtpasswdInvalid:
    with pytest.raises(HtpasswdInvalid) as caught:
        read(folder, content)
    assert caught.value.path == folder / "htpasswd"
    return caught.value


def test_names_have_their_hashes(tmp_path: Path) -> None:
    found = read(tmp_path, f"alice:{A}\nbob:{B}\n".encode())
    assert (found.hash_of("alice"), found.hash_of("bob")) == (A, B)
    assert found.hash_of("carol") is None
    assert found.hash_of("") is None
    assert found.bcrypt_cost() == 10


@pytest.mark.parametrize("content", [b"", b"\n", b"# nobody yet\n\n  \n", b"\xef\xbb\xbf"])
def test_a_file_may_have_no_names(content: bytes, tmp_path: Path) -> None:
    found = read(tmp_path, content)
    assert found.hash_of("alice") is None
    assert found.bcrypt_cost() == 0


@pytest.mark.parametrize(
    "content",
    [
        f"alice:{A}",
        f"alice:{A}\r\n",
        f"\ufeffalice:{A}\n",
        f"\n# alice:{B}\n  # bob\n\r\n  alice:{A}  \n",
        f"alice:{A}:of the team\n",
    ],
    ids=["no end", "CRLF", "BOM", "blanks and comments", "a third field"],
)
def test_lines_as_people_write_them(content: str, tmp_path: Path) -> None:
    assert read(tmp_path, content.encode()).hash_of("alice") == A


@pytest.mark.parametrize("name", ["a b", "a#b", "a@acme.test", "ACME\\a", "é", "日本", "a/b", "'"])
def test_names_may_be_odd(name: str, tmp_path: Path) -> None:
    assert read(tmp_path, f"{name}:{A}\n".encode()).hash_of(name) == A


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"alice", "a colon"),
        (b":" + A.encode(), "write a name"),
        (b"al\0ice:" + A.encode(), "can be seen"),
        (b"al\x1b[31m:" + A.encode(), "can be seen"),
        (b"a" * 256 + b":" + A.encode(), "at most 255"),
        (b"\xff:" + A.encode(), "UTF-8"),
        (b"alice:", "htpasswd -B"),
        (b"alice:planted", "htpasswd -B"),
        (b"alice:$apr1$planted$eIMz/iKDkbtys/uU7LEK00", "htpasswd -B"),
        (b"alice:{SHA}plantedNDqRW2OUFwZQqPNdaSY=", "htpasswd -B"),
        (b"alice:$2y$05$planted", "htpasswd -B"),
        (b"alice:$2x$05$" + b"planted" * 7 + b"....", "htpasswd -B"),
        (b"alice:$2y$17$" + b"planted" * 7 + b"....", "costs 17"),
        (b"alice:$2y$03$" + b"planted" * 7 + b"....", "costs 3"),
        (b"bob:" + B.encode(), "there before"),
    ],
)
def test_a_line_that_is_wrong_is_named_and_no_hash_is_shown(
    line: bytes, reason: str, tmp_path: Path
) -> None:
    error = refusal(tmp_path, f"bob:{B}\n# next\n".encode() + line + b"\n")
    assert error.line == 3
    assert reason in error.reason
    assert str(error) == f"{tmp_path}/htpasswd, line 3: {error.reason}"
    for shown in (str(error), repr(error), repr(error.__dict__)):
        assert "planted" not in shown
        assert "$2" not in shown


def test_a_huge_file_is_refused_whole(tmp_path: Path) -> None:
    error = refusal(tmp_path, b"#" * (htpasswd.LIMIT + 1))
    assert (error.line, error.reason) == (0, f"it has more than {htpasswd.LIMIT} bytes")
    read(tmp_path, b"#" * htpasswd.LIMIT)


def make_folder(path: Path) -> None:
    path.mkdir()


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda _: None, "can not be read: No such file"),
        (make_folder, "it is no file"),
        (os.mkfifo, "it is no file"),
        (lambda path: path.symlink_to(path), "can not be read"),
    ],
    ids=["missing", "folder", "pipe", "loop"],
)
def test_what_is_no_file_is_refused_at_once(
    make: Callable[[Path], None], reason: str, tmp_path: Path
) -> None:
    path = tmp_path / "htpasswd"
    make(path)
    with pytest.raises(HtpasswdInvalid, match=reason):
        HtpasswdFile(path, lambda _: None)


@settings(max_examples=part(200), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=200) | st.text(f":#\n {A}", max_size=200).map(str.encode))
def test_any_bytes_are_understood_or_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "htpasswd"
    path.write_bytes(content)
    with suppress(HtpasswdInvalid):
        found = HtpasswdFile(path, lambda _: None)
        names = {line.strip().partition(":")[0] for line in content.decode().split("\n")}
        assert all(found.hash_of(name) in {None, A} for name in names)


def test_a_change_is_seen_within_a_second(opened: Opened) -> None:
    opened.path.write_text(f"alice:{B}\n")
    opened.time.now += htpasswd.LOOK_EVERY * 0.99
    assert opened.file.hash_of("alice") == A
    assert opened.later().hash_of("alice") == B
    assert opened.file.bcrypt_cost() == 10
    assert opened.reports == []


def test_a_file_in_its_place_is_seen(opened: Opened) -> None:
    """Of the same size, and with the same time of its last change."""
    settle(opened)
    draft = opened.path.with_suffix(".draft")
    draft.write_text(f"alice:{B}\n")
    before = opened.path.stat()
    os.utime(draft, ns=(before.st_atime_ns, before.st_mtime_ns))
    draft.replace(opened.path)
    assert opened.later().hash_of("alice") == B


def test_another_file_by_a_link_is_seen(tmp_path: Path) -> None:
    """As Kubernetes changes the files of a secret: by one link to a folder."""
    for folder, hashed in (("1", A), ("2", B)):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "htpasswd").write_text(f"alice:{hashed}\n")
    (tmp_path / "data").symlink_to("1")
    time = Time()
    found = HtpasswdFile(tmp_path / "data" / "htpasswd", lambda _: None, time)
    (tmp_path / "draft").symlink_to("2")
    (tmp_path / "draft").replace(tmp_path / "data")
    time.now += htpasswd.LOOK_EVERY
    assert found.hash_of("alice") == B


def test_two_changes_at_one_time_are_both_seen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The times of files stand still for some milliseconds: the same stamp proves nothing then."""
    same = htpasswd._Stamp(0, 0, 0, 0, 0)  # noqa: SLF001
    monkeypatch.setattr(htpasswd, "_stamp", lambda _: same)
    opened = Opened(tmp_path)
    opened.path.write_text(f"alice:{B}\n")
    assert opened.later().hash_of("alice") == B


def test_a_file_that_stays_is_not_read_again(
    opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    settle(opened)
    monkeypatch.setattr(htpasswd, "_load", lambda _: pytest.fail("it was read"))
    for _ in range(3):
        assert opened.later().hash_of("alice") == A


def settle(opened: Opened) -> None:
    """Let the file be as it is for so long that its stamp says all."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(htpasswd, "_TICK", -1)
        assert opened.later().hash_of("alice") == A


@pytest.mark.parametrize(
    "spoil",
    [
        lambda path: path.write_text("alice:planted\n"),
        lambda path: path.write_bytes(b"\xff\n"),
        lambda path: path.write_bytes(b"#" * (htpasswd.LIMIT + 1)),
        Path.unlink,
        lambda path: (path.unlink(), path.mkdir()),
    ],
    ids=["no bcrypt", "no text", "huge", "gone", "a folder"],
)
def test_a_file_that_becomes_bad_is_reported_once_and_the_last_good_one_stays(
    spoil: Callable[[Path], object], opened: Opened
) -> None:
    spoil(opened.path)
    for _ in range(3):
        assert opened.later().hash_of("alice") == A
    [report] = opened.reports
    assert report.path == opened.path
    assert "planted" not in str(report)


def test_a_file_that_was_mended_counts_and_may_break_again(opened: Opened) -> None:
    for round_ in (1, 2):
        opened.path.write_text("alice:planted\n")
        assert opened.later().hash_of("alice") is not None
        assert len(opened.reports) == round_
        opened.path.write_text(f"alice:{B}\n")
        assert opened.later().hash_of("alice") == B
