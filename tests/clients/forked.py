"""Processes of the tests that begin where imports end: forks of one that has imported everything.

Knows what that is; what such a process does is said by whoever starts it.
"""

import multiprocessing

_MODULES = (
    "__main__",
    "longshore.agent.wiring",
    "longshore.cli.agent",
    "tests.clients.agents",
    "tests.clients.killed_rollout",
)

forks = multiprocessing.get_context("forkserver")
forks.set_forkserver_preload(list(_MODULES))
