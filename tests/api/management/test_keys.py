"""Keys: rotated without logging anybody out, and shown by their ids alone."""

from tests.api.management.conftest import Api, bearer


def token(api: Api) -> str:
    target = "/token?scope=repository:team/app:pull"
    text: str = api.wire.ask("GET", target, headers=api.headers["reader"]).json()["token"]
    return text


def pulls(api: Api, text: str) -> bool:
    """Whether the token lets somebody look at what is not there."""
    return api.wire.ask("GET", "/v2/team/app/tags/list", headers=bearer(text)).status == 404


def test_a_rotation_logs_nobody_out(api: Api) -> None:
    before = token(api)
    reply = api.ask("POST", "/keys", {})
    number = reply.json()["id"]
    assert (reply.status, reply.header("Location")) == (201, f"/api/v1/keys/{number}")
    after = token(api)
    assert pulls(api, before)
    assert pulls(api, after)
    newest, former, *_ = api.get("/keys")["keys"]
    assert (newest["id"], newest["retired_at"]) == (number, None)
    assert former["retired_at"] is not None
    assert set(newest) == {"id", "created_at", "retired_at"}
