"""`longshore promote VERSION`: from a team's registry to where its file says that it is public."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.checkouts import Checkout
from tests.client.faulty import Faulty, serving


@pytest.fixture
def public() -> Iterator[Faulty]:
    with serving(Faulty()) as registry:
        yield registry


@pytest.fixture
def checkout(tmp_path: Path, longshore_host: str, public: Faulty) -> Checkout:
    checkout = Checkout(tmp_path, longshore_host)
    checkout.done("release", checkout.build(), "--version", "1.0.5")
    checkout.done("release", checkout.build(), "--version", "1.1.0-rc.1")
    text = f"image: {checkout.image}\npublic:\n  to: {public.host}/acme/app\n"
    (checkout.made.folder / "longshore.yaml").write_text(text)
    return checkout


@pytest.mark.parametrize("version", ["1.0.5", "v1.0.5"])
def test_a_version_goes_public_with_its_digest(
    checkout: Checkout, public: Faulty, version: str
) -> None:
    done = checkout.run("promote", version)
    digest = checkout.tags()["1.0.5"]
    assert (done.returncode, done.stdout) == (0, f"{public.host}/acme/app:1.0.5@{digest}\n")
    assert ("acme/app", "1.0.5") in public.manifests


def test_what_is_not_to_be_public_is_refused(checkout: Checkout, public: Faulty) -> None:
    done = checkout.run("promote", "1.1.0-rc.1")
    assert (done.returncode, done.stdout) == (3, "")
    assert "1.1.0-rc.1 is no stable version" in done.stderr
    file = checkout.made.folder / "longshore.yaml"
    file.write_text(f"{file.read_text()}  prereleases: true\n")
    assert checkout.run("promote", "1.1.0-rc.1").returncode == 0
    file.write_text(f"{file.read_text()}  versions: '>=2.0.0'\n")
    done = checkout.run("promote", "1.0.5")
    assert (done.returncode, done.stdout) == (3, "")
    assert "not among the versions to publish: >=2.0.0" in done.stderr
    assert {tag for _, tag in public.manifests if ":" not in tag} == {"1.1.0-rc.1"}


def test_without_a_public_image_it_says_how_to_name_one(checkout: Checkout) -> None:
    (checkout.made.folder / "longshore.yaml").write_text(f"image: {checkout.image}\n")
    done = checkout.run("promote", "1.0.5")
    assert (done.returncode, done.stdout) == (2, "")
    assert "longshore.yaml says nothing of a public image" in done.stderr
