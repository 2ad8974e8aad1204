"""The OpenAPI document: whole, sound, and true to the server that serves it."""

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from hypothesis.configuration import storage_directory

from longshore.api.management.operations import Operation
from longshore.api.management.table import OPERATIONS
from longshore.client.management import of_application
from longshore.server import local
from longshore.server.config import Settings
from tests.api.conftest import sound
from tests.api.management.conftest import PASSWORD, Api, basic, bearer
from tests.depth import SEED, part, some

# Not that whatever fits the document is accepted: rules know more than a schema can say.
SENDS = "/test"  # to where it pleases the one who asks
CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_schema_conformance",
    "response_headers_conformance",
    "negative_data_rejection",
    "unsupported_method",
    "use_after_free",
    "ensure_resource_availability",
)
OF_ROBOTS = [one for one in OPERATIONS if one.path.startswith("/robots")]
OTHERS = [one for one in OPERATIONS if one not in OF_ROBOTS and not one.path.endswith(SENDS)]
# Tables of characters take seconds to make, and are made once where they can stay.
TABLES = {"HYPOTHESIS_STORAGE_DIRECTORY": str(storage_directory().path.absolute())}


@pytest.fixture
def document(api: Api) -> Any:
    reply = api.ask("GET", "/openapi.json", caller="anonymous")
    assert (reply.status, reply.header("Content-Type")) == (200, "application/json")
    return reply.json()


def test_it_has_every_operation_and_no_other(document: Any) -> None:
    described = {
        (method.upper(), path) for path, item in document["paths"].items() for method in item
    }
    assert described == {(one.method, one.path) for one in OPERATIONS}


def test_every_operation_has_a_name_of_its_own(document: Any) -> None:
    names = [one["operationId"] for item in document["paths"].values() for one in item.values()]
    assert len(set(names)) == len(names)


def test_its_schemas_are_schemas(document: Any) -> None:
    for schema in document["components"]["schemas"].values():
        jsonschema_rs.meta.validate(schema)


def test_what_it_refers_to_is_there(document: Any) -> None:
    for reference in references(document):
        place = document
        for step in reference.removeprefix("#/").split("/"):
            place = place[step]


def references(value: Any) -> list[str]:
    if isinstance(value, list):
        return [found for one in value for found in references(one)]
    if isinstance(value, dict):
        mine = [value["$ref"]] if "$ref" in value else []
        return mine + [found for one in value.values() for found in references(one)]
    return []


@pytest.mark.parametrize(
    ("caller", "operations"),
    [("robot", some(OTHERS)), ("user", OF_ROBOTS)],
    ids=["robot", "user"],
)
def test_the_server_keeps_to_it(
    caller: str, operations: Sequence[Operation], tmp_path: Path
) -> None:
    """Ask whatever the document allows, and what it does not, a bounded number of times.

    What was listed is asked for again, so that sooner or later an account removes itself: each
    caller asks for what is not its own kind.
    """
    root = tmp_path / "data"
    login = administrators(root)[caller]
    with sound(root, "--workers", "1") as server:
        command = [
            str(Path(sys.executable).with_name("schemathesis")),
            "run",
            f"{server.url}/api/v1/openapi.json",
            *("--header", f"Authorization: {login['Authorization']}"),
            *("--checks", ",".join(CHECKS)),
            *("--max-examples", f"{part(15)}", "--seed", f"{SEED}"),
            *("--generation-database", "none"),
            *(f"--include-name={one.method} {one.path}" for one in operations),
            "--no-color",
        ]
        done = subprocess.run(
            command,
            cwd=tmp_path,
            env=os.environ | TABLES,
            capture_output=True,
            text=True,
            timeout=600,
            check=False,
        )
        me = Api(server.port, {caller: login}).get("/me", caller=caller)
    assert done.returncode == 0, done.stdout[-8000:] + done.stderr[-2000:]
    assert me["is_administrator"], "whoever asked could do so to the end"
    assert "Rate limited" not in done.stdout


def administrators(root: Path) -> dict[str, dict[str, str]]:
    """Those of a new registry, by more grants than are removed by accident."""
    with local.opened(Settings(root=root), may_make=True) as opened:
        management = of_application(opened.app)
        management.ask("POST", "/users", {"name": "user", "password": PASSWORD})
        secret = management.ask("POST", "/robots", {"name": "robot"})["secret"]
        for number in range(20):
            for member in ("user", "robot"):
                management.ask("PUT", f"/groups/all{number}/members/{member}", {})
            query = {"subject": f"@all{number}", "pattern": "**"}
            management.ask("PUT", "/grants", {"verbs": ["admin"]}, **query)
        management.close()
    return {"user": basic("user"), "robot": bearer(secret)}
