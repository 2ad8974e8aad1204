"""When an image is verified: by which of its deployments, and from when on."""

import pytest

from longshore.delivery.environments.deployments import Deployment
from longshore.delivery.environments.gates import has_failed, verified_at
from tests.delivery.environments.yard import APP, digest

LONG_ENOUGH = 100  # ms
PENDING = Deployment(1, "staging", APP, digest(1), "master", 0, "follow", "kees")
FAILED = PENDING._replace(outcome="failed", failed_at=50)


def healthy(at: int, ended_at: int | None = None) -> Deployment:
    return PENDING._replace(outcome="healthy", healthy_at=at, ended_at=ended_at)


# Deployments with the newest first, and when the image is verified by them.
VERIFIED = {
    "nothing": ([], None),
    "one that is pending": ([PENDING], None),
    "one that is healthy": ([healthy(10)], 110),
    "one that was healthy for long enough": ([healthy(10, ended_at=110)], 110),
    "one that ended a little earlier": ([healthy(10, ended_at=109)], None),
    "one that ended earlier, and the present": ([healthy(200), healthy(10, ended_at=109)], 300),
    "two that were healthy": ([healthy(200), healthy(10, ended_at=150)], 110),
    "one before one that is pending": ([PENDING, healthy(10, ended_at=150)], 110),
    "one that failed": ([FAILED], None),
    "one before one that failed": ([FAILED, healthy(10, ended_at=150)], None),
    "one after one that failed": ([healthy(200), FAILED], 300),
    "those on both sides of one that failed": (
        [healthy(200), FAILED, healthy(10, ended_at=150)],
        300,
    ),
    "one that failed and is healthy again": ([healthy(200)._replace(failed_at=150)], 300),
    "one before one that failed and is healthy again": (
        [healthy(200)._replace(failed_at=150), healthy(10, ended_at=140)],
        300,
    ),
}


@pytest.mark.parametrize(("deployments", "expected"), VERIFIED.values(), ids=VERIFIED.keys())
def test_an_image_is_verified_by_the_first_that_was_healthy_since_it_failed(
    deployments: list[Deployment], expected: int | None
) -> None:
    assert verified_at(deployments, LONG_ENOUGH) == expected


@pytest.mark.parametrize(
    ("deployments", "expected"),
    [
        ([], False),
        ([PENDING], False),
        ([FAILED], True),
        ([PENDING, FAILED], True),
        ([healthy(1), FAILED], False),
        ([FAILED, healthy(1)], True),
    ],
)
def test_the_last_word_on_an_image_is_that_of_its_newest_deployment_that_said_one(
    deployments: list[Deployment], expected: bool
) -> None:
    assert has_failed(deployments) == expected
