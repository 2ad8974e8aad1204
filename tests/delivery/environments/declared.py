"""Three environments with a rule of each kind: one follows, one verifies, one lets little in."""

from longshore.delivery.environments.windows import Window
from tests.delivery.environments.yard import environment

SOAK_TIME = 100  # seconds

DEVELOPMENT = environment("development", follow="develop")
STAGING = environment("staging", follow="master", verified_after=SOAK_TIME)
PRODUCTION = environment(
    "production",
    follow="1.x",
    promote_from="staging",
    approvals=1,
    windows=(Window(allow="06:00-18:00"),),
)
ALL = (DEVELOPMENT, STAGING, PRODUCTION)
