"""Environments over HTTP: declared, operated by whom they name, and asked for by agents."""

import threading
import time
from typing import Any

import pytest

from tests.api.management.conftest import Api, new_name
from tests.content import index

GENEROUS = 30  # seconds that an agent waits, if nothing happens


class Place:
    """An environment with an image of its own."""

    def __init__(self, api: Api, **rules: Any) -> None:
        self.api = api
        self.name = new_name("place")
        self.image = f"team/{self.name}"
        self.declared = {
            "name": self.name,
            "services": [{"name": "web", "image": self.image}],
            "deployers": ["keeper"],
            "agents": ["reader"],
            **rules,
        }
        reply = self.apply(self.declared)
        assert reply.status == 200, reply

    def apply(self, *environments: Any, **query: bool) -> Any:
        body = {"environments": environments}
        return self.api.ask("PUT", "/environments", body, "chief", **query)

    def push(self, number: int, *tags: str) -> str:
        pushed = index(annotations={"number": str(number)})
        kind = {"Content-Type": pushed.manifest.media_type, **self.api.headers["chief"]}
        for tag in tags:
            target = f"/v2/{self.image}/manifests/{tag}"
            reply = self.api.wire.ask("PUT", target, pushed.manifest.content, kind)
            assert reply.status == 201, reply
        return str(pushed.digest)

    def do(self, verb: str, body: Any = None, caller: str = "keeper") -> Any:
        return self.api.ask("POST", f"/environments/{self.name}/{verb}", body or {}, caller)

    def get(self, what: str = "", caller: str = "keeper", **query: object) -> Any:
        return self.api.get(f"/environments/{self.name}{what}", caller, **query)

    def runs(self) -> str | None:
        current = self.get()["images"][0]["deployment"]
        return current and str(current["digest"])

    def report(self, state: str, **more: object) -> Any:
        current = self.get()["images"][0]["deployment"]
        said = {
            "service": "web",
            "deployment": current["id"],
            "digest": current["digest"],
            "state": state,
            **more,
        }
        return self.do("report", {"host": "host", "services": [said]}, "reader")


def test_an_environment_is_planned_declared_listed_and_removed(api: Api) -> None:
    name = new_name("declared")
    body = {"name": name, "services": [{"name": "web", "image": "team/app"}], "follow": "develop"}
    place = Place(api)
    planned = place.apply(body, dry_run=True).json()
    assert planned == {"changes": [{"environment": name, "act": "create", "fields": []}]}
    assert api.ask("GET", f"/environments/{name}").status == 404
    assert place.apply(body).json() == planned
    again = place.apply(body | {"min_age": 60}, place.declared).json()["changes"]
    assert [(one["act"], one["fields"]) for one in again] == [("change", ["min_age"]), ("keep", [])]
    assert place.apply(body, is_new=True).codes == ["EXISTS"]
    found = api.get(f"/environments/{name}")
    assert found["track"] == "follows develop"
    assert found["declared"]["services"][0]["image"] == "team/app"
    assert found in api.get("/environments", limit=1000)["environments"]
    assert api.ask("DELETE", f"/environments/{name}").status == 204
    assert api.ask("DELETE", f"/environments/{name}").codes == ["UNKNOWN"]
    acts = [line["act"] for line in api.get(f"/environments/{name}/history")["decisions"]]
    assert acts == ["remove", "change", "create"]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"follow": "develop", "pin": "1.0"}, "not both"),
        ({"folow": "develop"}, "no field environments.folow"),
        ({"services": []}, "at least one service"),
        ({"services": [{"name": "web"}]}, "image"),
        ({"services": [{"name": "web", "image": "team/app", "port": 80}]}, "services.port"),
        ({"services": [{"name": "Web", "image": "team/app"}]}, "lower-case"),
        ({"windows": [{"allow": "always"}]}, "no window"),
        ({"promote_from": "nowhere"}, "no such environment"),
        ({"approvals": "many"}, "approvals"),
    ],
)
def test_what_is_no_environment_is_refused(api: Api, change: dict[str, Any], told: str) -> None:
    body = {"name": "x", "services": [{"name": "web", "image": "team/app"}], **change}
    reply = api.ask("PUT", "/environments", {"environments": [body]})
    assert reply.codes == ["INVALID"]
    assert told in reply.json()["errors"][0]["message"]


def test_a_push_is_what_is_to_run(api: Api) -> None:
    place = Place(api, follow="develop")
    for number in (1, 2):
        digest = place.push(number, "develop")
        assert place.runs() == digest
    place.push(3, "master")
    assert place.runs() == digest
    api.wire.ask("DELETE", f"/v2/{place.image}/manifests/develop", headers=api.headers["chief"])
    assert place.runs() == digest
    gone = api.wire.ask(
        "DELETE", f"/v2/{place.image}/manifests/{digest}", None, api.headers["chief"]
    )
    assert gone.status == 405
    assert f"environment {place.name} runs this image" in gone.content.decode()


def test_who_deploys_is_named_by_the_environment(api: Api) -> None:
    place = Place(api)
    digest = place.push(1, "1.0.0")
    assert place.do("deploy", {"reference": "1.0.0"}, "stranger").codes == ["UNKNOWN"]
    assert place.do("deploy", {"reference": "1.0.0"}, "reader").codes == ["FORBIDDEN"]
    reply = place.do("deploy", {"reference": "1.0.0", "reason": "first"})
    assert reply.status == 200
    current = reply.json()["deployment"]
    assert (current["digest"], current["who"], current["reason"]) == (digest, "keeper", "first")
    assert place.do("approve").codes == ["FORBIDDEN"]
    assert [one["name"] for one in api.get("/environments", "stranger")["environments"]] == []
    mine = [one["name"] for one in api.get("/environments", "keeper", limit=1000)["environments"]]
    assert place.name in mine
    assert api.ask("PUT", "/environments", {"environments": []}, "keeper").status == 403


def test_it_is_operated_by_hand(api: Api) -> None:
    place = Place(api, follow="develop")
    first, second = (place.push(number, "develop", f"1.0.{number}") for number in (1, 2))
    assert place.do("rollback").codes == ["BLOCKED"]
    back = place.do("rollback", {"reference": "0"})
    assert back.codes == ["BLOCKED"]
    number = place.get()["images"][0]["deployment"]["id"]
    assert number
    for verb, body, expected in (
        ("deploy", {"reference": "1.0.1"}, first),
        ("rollback", {"reference": "develop"}, second),
        ("pin", {"reference": "1.0.1"}, first),
        ("pin", {}, first),
    ):
        reply = place.do(verb, body)
        assert reply.status == 200, reply
        assert reply.json()["deployment"]["digest"] == expected
        assert reply.json()["hold"]["cause"] == verb
    resumed = place.do("resume").json()["images"]
    assert [(one["deployment"]["digest"], one["hold"]) for one in resumed] == [(second, None)]
    assert place.do("freeze", {"reason": "incident"}).status == 204
    assert place.get()["freeze"]["reason"] == "incident"
    refused = place.do("deploy", {"reference": "1.0.1"})
    assert (refused.status, refused.codes) == (403, ["BLOCKED"])
    assert place.do("freeze", {"until": "2001-01-01T00:00:00Z"}).codes == ["INVALID"]
    assert place.do("unfreeze").status == 204
    assert place.get()["freeze"] is None


def test_others_approve(api: Api) -> None:
    place = Place(api, approvals=1, approvers=["stranger", "keeper"])
    digest = place.push(1, "1.0.0")
    asked = place.do("deploy", {"reference": "1.0.0"}).json()
    assert asked["deployment"] is None
    assert asked["request"]["who"] == "keeper"
    assert asked["waiting"]["codes"] == ["unapproved"]
    assert place.do("approve").codes == ["BLOCKED"]
    done = place.do("approve", caller="stranger").json()
    assert done["deployment"]["digest"] == digest


def test_the_history_comes_in_pages(api: Api) -> None:
    place = Place(api, follow="develop")
    for number in range(3):
        place.push(number, "develop")
    first = place.get("/history", limit=2)
    assert [line["act"] for line in first["decisions"]] == ["deploy", "deploy"]
    assert first["decisions"][0]["former"] == first["decisions"][1]["digest"]
    rest = place.get("/history", last=first["next"])
    assert [line["act"] for line in rest["decisions"]] == ["deploy", "create"]
    assert rest["next"] is None


def test_an_agent_asks_reports_and_is_told_to_go_back(api: Api) -> None:
    place = Place(api, follow="develop")
    assert place.get("/desired", "reader")["services"] == []
    good = place.push(1, "develop")
    wanted = place.get("/desired", "reader")
    [service] = wanted["services"]
    assert (service["service"]["name"], service["digest"]) == ("web", good)
    assert place.report("healthy").status == 204
    assert place.get()["images"][0]["deployment"]["outcome"] == "healthy"
    bad = place.push(2, "develop")
    assert place.report("failed", digest=good, detail="exit code 1").status == 204
    found = place.get()
    assert found["images"][0]["deployment"]["digest"] == good
    assert found["images"][0]["waiting"]["codes"] == ["failed"]
    assert found["images"][0]["waiting"]["digest"] == bad
    assert found["hosts"][0]["detail"] == "exit code 1"
    assert place.get("/desired", "reader")["generation"] > wanted["generation"]
    for caller in ("keeper", "stranger"):
        assert api.ask("GET", f"/environments/{place.name}/desired", caller=caller).status >= 403
    removed = api.ask("DELETE", f"/environments/{place.name}/hosts/host", caller="keeper")
    assert removed.status == 204
    assert place.get()["hosts"] == []


def test_an_agent_waits_for_a_change_by_any_worker(api: Api) -> None:
    """Each asks on a connection of its own, and so at either of two workers."""
    place = Place(api, follow="develop")
    generation = place.get("/desired", "reader")["generation"]
    found: list[str] = []

    def wait() -> None:
        reply = place.get("/desired", "reader", generation=generation, wait=GENEROUS)
        found.extend(one["digest"] for one in reply["services"])

    agents = [threading.Thread(target=wait) for _ in range(8)]
    started = time.monotonic()
    for agent in agents:
        agent.start()
    digest = place.push(1, "develop")
    for agent in agents:
        agent.join()
    assert found == [digest] * 8
    assert time.monotonic() - started < GENEROUS


def test_an_agent_that_waits_in_vain_is_told_so(api: Api) -> None:
    place = Place(api, follow="develop")
    generation = place.get("/desired", "reader")["generation"]
    started = time.monotonic()
    path = f"/environments/{place.name}/desired"
    assert api.ask("GET", path, None, "reader", generation=generation, wait=1).status == 204
    assert time.monotonic() - started >= 1


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"host": "a", "services": [{"service": "web"}]},
        {"host": "a b", "services": []},
        {"host": "a", "services": [{"service": "web", "deployment": 1, "state": "odd"}]},
        {
            "host": "a",
            "services": [{"service": "web", "deployment": 1, "state": "healthy", "digest": "x"}],
        },
    ],
)
def test_what_is_no_report_is_refused(api: Api, body: Any) -> None:
    assert Place(api).do("report", body, "reader").codes == ["INVALID"]
