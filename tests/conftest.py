"""What every test may use: the event loop that the server runs on, and no other."""

import pytest


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """Run asynchronous tests on asyncio; Longshore has no other loop."""
    return "asyncio"
