"""The OCI conformance program, for version 1.1 of the specification and for its next one.

Reads the program's own results: one row for each API and each kind of data, and every single check.
Nothing may fail, be skipped or count as unsupported; sparse manifests alone are switched off,
because a manifest whose blobs were never pushed is what Longshore refuses by design.
"""

import os
import subprocess
import xml.etree.ElementTree as ET
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.clients.tools import PATIENCE, tool
from tests.serving import Server

# The next version's features are tested against both versions.
FEATURES = {
    "OCI_API_BLOBS_DIGEST_HEADER": "true",
    "OCI_API_BLOBS_UPLOAD_CANCEL": "true",
    "OCI_API_MANIFESTS_DIGEST_HEADER": "true",
    "OCI_API_MANIFESTS_TAG_PARAM": "true",
}
SWITCHED_OFF = {"Sparse Manifests": "Disabled"}
APIS = 28
DATA = 24
CHECKS = 793  # what the pinned program makes of them when nothing is left out


class Check(NamedTuple):
    """One check: its path in the program, how it ended, and why when it did not pass."""

    name: str
    status: str
    reason: str


@dataclass(frozen=True)
class Results:
    """What a run of the program left behind."""

    apis: dict[str, str]
    data: dict[str, str]
    checks: list[Check]


def read_results(folder: Path) -> Results:
    sections: dict[str, dict[str, str]] = {}
    section = ""
    for line in (folder / "results.yaml").read_text().splitlines():
        name, _, value = line.partition(": ")
        if not line.startswith(" "):
            section = line.rstrip(":")
        elif section in {"apis", "data"}:
            sections.setdefault(section, {})[name.strip()] = value.strip()
    cases = ET.parse(folder / "junit.xml").iter("testcase")  # noqa: S314 - our own child wrote it
    checks = [
        Check(case.attrib["name"], case.attrib["status"], case.findtext("system-out", ""))
        for case in cases
    ]
    return Results(sections["apis"], sections["data"], checks)


@pytest.mark.parametrize("version", ["1.1", "dev"])
def test_conformance(version: str, registry: Server, tmp_path: Path) -> None:
    settings = {
        "OCI_VERSION": version,
        "OCI_REGISTRY": registry.host,
        "OCI_TLS": "disabled",
        "OCI_RESULTS_DIR": str(tmp_path),
        "OCI_REPO1": f"conformance/{version}/one",
        "OCI_REPO2": f"conformance/{version}/two",
    }
    ended = subprocess.run(
        [tool("conformance")],
        env={**os.environ, **settings, **FEATURES},
        capture_output=True,
        timeout=PATIENCE,
        check=False,
    )
    results = read_results(tmp_path)
    wrong = [" | ".join(check) for check in results.checks if check.status != "passed"]
    assert not wrong, "\n".join(wrong)
    rows = results.apis | results.data
    assert {name: status for name, status in rows.items() if status != "Pass"} == SWITCHED_OFF
    assert (len(results.apis), len(results.data)) == (APIS, DATA)
    assert len(results.checks) >= CHECKS
    assert ended.returncode == 0
