"""A registry with environments, on each backend in turn."""

import pytest

from longshore.delivery.ports import Metadata
from tests.backends import Time
from tests.delivery.environments.yard import Yard


@pytest.fixture
def yard(metadata: Metadata, time: Time) -> Yard:
    return Yard(metadata, time)
