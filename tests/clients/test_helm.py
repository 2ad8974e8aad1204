"""helm: a chart is pushed, listed nowhere, pulled and compared, with a login and without."""

from pathlib import Path

import pytest

from tests.clients.accounts import ALICE, BOB, Secured
from tests.clients.content import digest_of
from tests.clients.tools import Cli

HTTP = "--plain-http"
CHART = """\
apiVersion: v2
name: chart
version: 1.2.3
"""


@pytest.fixture
def helm(own_home: dict[str, str]) -> Cli:
    return Cli("helm", own_home)


@pytest.fixture
def chart(helm: Cli, tmp_path: Path) -> Path:
    """Return a chart as helm packs it."""
    folder = tmp_path / "chart"
    (folder / "templates").mkdir(parents=True)
    (folder / "Chart.yaml").write_text(CHART)
    (folder / "templates" / "map.yaml").write_text("kind: ConfigMap\n")
    helm("package", folder, "--destination", tmp_path)
    return tmp_path / "chart-1.2.3.tgz"


def log_in(helm: Cli, server: Secured, name: str) -> None:
    password = server.passwords[name].encode()
    login = ("registry", "login", HTTP, "--username", name, "--password-stdin", server.host)
    helm(*login, given=password)


def test_login_push_pull_logout(
    helm: Cli, chart: Path, secured: Secured, word: str, tmp_path: Path
) -> None:
    charts = f"oci://{secured.host}/team/{word}"
    log_in(helm, secured, ALICE)
    helm("push", HTTP, chart, charts)
    repository = secured.repository(f"team/{word}/chart")
    assert digest_of(chart.read_bytes()) in repository.tree("1.2.3")

    for count, version in enumerate((("--version", "1.2.3"), ())):
        out = tmp_path / f"out-{count}"
        out.mkdir()
        helm("pull", HTTP, f"{charts}/chart", *version, "--destination", out)
        assert (out / chart.name).read_bytes() == chart.read_bytes()

    helm("registry", "logout", secured.host)
    assert "authentication required" in helm.fail("pull", HTTP, f"{charts}/chart")


def test_wrong_password(helm: Cli, strict: Secured) -> None:
    login = ("registry", "login", HTTP, "--username", ALICE, "--password-stdin", strict.host)
    assert "wrong name, password or token" in helm.fail(*login, given=b"guessed")


def test_public_and_private(helm: Cli, chart: Path, secured: Secured, word: str) -> None:
    """Anybody installs what is public; who may not push is told so."""
    public, private = (f"oci://{secured.host}/{name}/{word}" for name in ("public", "team"))
    log_in(helm, secured, ALICE)
    for charts in (public, private):
        helm("push", HTTP, chart, charts)
    helm("registry", "logout", secured.host)
    shown = helm("show", "chart", HTTP, f"{public}/chart")
    assert "version: 1.2.3" in shown
    assert "authentication required" in helm.fail("show", "chart", HTTP, f"{private}/chart")

    log_in(helm, secured, BOB)
    assert "bob may not p" in helm.fail("push", HTTP, chart, public)
    assert "bob may not p" in helm.fail("show", "chart", HTTP, f"{private}/chart")
    assert secured.repository(f"public/{word}/chart").tags() == ["1.2.3"]
