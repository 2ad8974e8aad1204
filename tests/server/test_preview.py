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
from tests.filled import Filled


@pytest.mark.parametrize("seed", range(12))
def test_what_is_foreseen_is_what_is_collected(tmp_path: Path, seed: int) -> None:
    filled = Filled(tmp_path / "data")
    rng = random.Random(seed)
    with filled.held():
        _fill(filled, rng)
    if seed % 2:  # what is left then is settled, until tags move away from it
        maintenance.collect(filled.settings, lambda *_: None)
        with filled.held():
            _fill(filled, rng)
    kept = {str(path) for path in (filled.settings.root / "blobs").rglob("*-*")}
    foreseen = maintenance.foresee(filled.settings)
    assert maintenance.foresee(filled.settings) == foreseen
    done = maintenance.collect(filled.settings, lambda *_: None)
    count = [one.kind for one in foreseen].count
    assert (done.manifests, done.blobs) == (count("manifest"), count("blob"))
    assert done.bytes == sum(one.bytes for one in foreseen)
    gone = kept - {str(path) for path in (filled.settings.root / "blobs").rglob("*-*")}
    freed = {one.name for one in foreseen if one.kind == "blob" and one.bytes}
    assert {Path(path).name.partition("-")[0] for path in gone} == {Digest(d).hex for d in freed}
    assert maintenance.foresee(filled.settings) == []
    checked = maintenance.check(
        filled.settings, is_quick=False, repairs=False, watch=lambda *_: None
    )
    assert checked.findings == []


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
