"""What the collector would remove, told without removing it."""

import contextlib
import random
from pathlib import Path

import pytest

from longshore.oci.digest import Digest
from longshore.oci.errors import ManifestUnknown
from longshore.oci.names import RepositoryName, Tag
from longshore.registry import tags
from longshore.server import maintenance
from tests.content import image, index
from tests.depth import some
from tests.filled import Filled


@pytest.mark.parametrize("is_settled", [False, True])
def test_what_is_foreseen_is_what_is_collected(tmp_path: Path, *, is_settled: bool) -> None:
    for seed in some(range(6)):
        filled = Filled(tmp_path / f"data-{seed}")
        rng = random.Random(2 * seed + is_settled)
        with filled.held():
            _fill(filled, rng)
        if is_settled:  # what is left then is, until tags move away from it
            maintenance.collect(filled.settings, lambda *_: None)
            with filled.held():
                _fill(filled, rng)
        _foresee_and_collect(filled, f"seed {seed}")


def _foresee_and_collect(filled: Filled, which: str) -> None:
    kept = {str(path) for path in (filled.settings.root / "blobs").rglob("*-*")}
    foreseen = maintenance.foresee(filled.settings)
    assert maintenance.foresee(filled.settings) == foreseen, which
    done = maintenance.collect(filled.settings, lambda *_: None)
    count = [one.kind for one in foreseen].count
    assert (done.manifests, done.blobs) == (count("manifest"), count("blob")), which
    assert done.bytes == sum(one.bytes for one in foreseen), which
    gone = kept - {str(path) for path in (filled.settings.root / "blobs").rglob("*-*")}
    freed = {one.name for one in foreseen if one.kind == "blob" and one.bytes}
    names = {Path(path).name.partition("-")[0] for path in gone}
    assert names == {Digest(d).hex for d in freed}, which
    assert maintenance.foresee(filled.settings) == [], which
    checked = maintenance.check(
        filled.settings, is_quick=False, repairs=False, watch=lambda *_: None
    )
    assert checked.findings == [], which


def _fill(filled: Filled, random: random.Random) -> None:
    """Images, indexes and referrers in two repositories, some of them tagged, some moved."""
    for repository in (RepositoryName("one"), RepositoryName("two")):
        for tag in ("b", "c"):
            with contextlib.suppress(ManifestUnknown):
                filled.write(tags.delete, repository, Tag(tag))
        blobs = [filled.push_blob(repository, b"blob %d" % number) for number in range(8)]
        known: list[Digest] = []
        for number in range(14):
            notes = {"number": f"{number} {random.random()}"}
            subject = random.choice([None, None, *known])
            if known and random.random() < 0.3:
                listed = random.sample(known, min(len(known), random.randint(1, 3)))
                pushed = index(*listed, subject=subject, annotations=notes)
            else:
                used = random.sample(blobs, random.randint(1, 3))
                pushed = image(*used, subject=subject, annotations=notes)
            names = random.sample(["a", "b", "c"], random.choice([0, 0, 1]))
            known.append(filled.push(repository, pushed, *names))
