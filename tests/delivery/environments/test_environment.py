"""What can be said of an environment, and what does not go together."""

from typing import Any

import pytest

from longshore.delivery.environments.environment import Environment, check_order
from longshore.delivery.environments.windows import MOST, Window
from longshore.delivery.rollouts.services import Service
from tests.delivery.environments.yard import APP, WEB, environment

JOB = Service("job", "team/job", keep=2)


@pytest.mark.parametrize(
    ("rules", "told"),
    [
        ({"name": ""}, "is no name"),
        ({"name": "-x"}, "is no name"),
        ({"name": "x" * 65}, "is no name"),
        ({"services": ()}, "at least one service"),
        ({"services": (WEB, WEB)}, "two services are called web"),
        ({"services": (Service("web", APP, depends_on=("db",)),)}, "web needs db"),
        ({"follow": "develop", "pin": "1.0"}, "not both"),
        ({"follow": ".x"}, "no tag, and no range"),
        ({"follow": "~1.0.0.0"}, "no tag, and no range"),
        ({"pin": "~1.0"}, "no tag, and no range"),
        ({"follow": "develop", "prereleases": True}, "prereleases is for a range"),
        ({"promote_from": "x"}, "not promoted to from itself"),
        ({"min_age": -1}, "min_age is from nothing to a year"),
        ({"verified_after": 1e9}, "verified_after is from nothing to a year"),
        ({"approvals": -1}, "at most 20 approvals"),
        ({"approvals": 21}, "at most 20 approvals"),
        ({"approvers": ("@@x",)}, "no account and no @group"),
        ({"deployers": ("a b",)}, "no account and no @group"),
        ({"agents": ("",)}, "no account and no @group"),
        ({"windows": (Window(allow="Mon"),) * (MOST + 1)}, "at most 20 windows"),
    ],
)
def test_what_does_not_go_together_is_refused(rules: dict[str, Any], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        Environment(**{"name": "x", "services": (WEB,), **rules})


@pytest.mark.parametrize(
    ("rules", "track", "moved", "expected"),
    [
        ({}, "follows nothing", ["develop", "1.0.0"], False),
        ({"follow": "develop"}, "follows develop", ["x", "develop"], True),
        ({"follow": "develop"}, "follows develop", ["1.0.0"], False),
        ({"follow": "~1.0"}, "follows ~1.0", ["1.0.7"], True),
        ({"follow": "~1.0"}, "follows ~1.0", ["1.1.0", "1.0", "develop"], False),
        ({"pin": "1.0.5"}, "is pinned to 1.0.5", ["1.0.5"], True),
        ({"pin": "1.0.5"}, "is pinned to 1.0.5", ["1.0.6"], False),
    ],
)
def test_it_is_known_which_tags_it_follows(
    rules: dict[str, Any], track: str, moved: list[str], expected: bool
) -> None:
    found = environment("x", **rules)
    assert found.track == track
    assert bool(found.concerns(moved)) is expected


def test_services_of_one_image_are_one_repository() -> None:
    worker = Service("worker", APP, keep=9)
    found = Environment("x", (WEB, JOB, worker))
    assert found.repositories == (APP, "team/job")
    assert [found.kept(repository) for repository in found.repositories] == [9, 2]


def order(*environments: Environment) -> None:
    check_order({each.name: each for each in environments})


def test_images_are_promoted_in_a_line() -> None:
    order(environment("c", promote_from="b"), environment("b", promote_from="a"), environment("a"))


@pytest.mark.parametrize(
    ("environments", "told"),
    [
        ([environment("b", promote_from="a")], "from a, and there is no such environment"),
        (
            [environment("b", promote_from="a"), environment("a", promote_from="b")],
            "in a circle: b from a from b",
        ),
        (
            [Environment("b", (WEB, JOB), promote_from="a"), environment("a")],
            "a, which has no service of team/job",
        ),
    ],
)
def test_images_are_not_promoted_from_what_never_runs_them(
    environments: list[Environment], told: str
) -> None:
    with pytest.raises(ValueError, match=told):
        order(*environments)
