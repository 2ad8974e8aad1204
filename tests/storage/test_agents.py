"""The contracts of `delivery.ports.Agents` and `JoinCodes`, on every backend."""

from longshore.delivery.environments.deployments import EnvironmentState
from longshore.delivery.environments.environment import Environment
from longshore.delivery.environments.records import Agent, JoinCode
from longshore.delivery.ports import Metadata, Transaction
from longshore.delivery.rollouts.services import Service

SERVICES = (Service("web", "team/app"),)
WEB = Agent("staging", "web", "staging.web", 5, 3, None)


def add_environments(tx: Transaction) -> None:
    for name in ("production", "staging"):
        tx.environments.put(EnvironmentState(Environment(name, SERVICES)))


async def test_an_agent_is_what_was_put_last(metadata: Metadata) -> None:
    def check(tx: Transaction) -> None:
        add_environments(tx)
        assert tx.agents.find("staging", "web") is None
        tx.agents.put(WEB)
        tx.agents.put(Agent("production", "web"))
        tx.agents.put(Agent("staging", "db"))
        assert tx.agents.find("staging", "web") == WEB
        assert tx.agents.of("staging") == [Agent("staging", "db"), WEB]
        later = Agent("staging", "web", "", 9, None, 7)
        tx.agents.put(later)
        assert tx.agents.of("staging") == [Agent("staging", "db"), later]
        assert tx.agents.of("development") == []

    await metadata.write(check)


async def test_an_agent_is_removed_alone(metadata: Metadata) -> None:
    def check(tx: Transaction) -> None:
        add_environments(tx)
        tx.agents.put(WEB)
        tx.agents.put(Agent("production", "web"))
        assert tx.agents.remove("staging", "web")
        assert not tx.agents.remove("staging", "web")
        assert tx.agents.of("production") == [Agent("production", "web")]

    await metadata.write(check)


async def test_silent_are_those_not_seen_for_long_and_not_lost_yet(metadata: Metadata) -> None:
    def check(tx: Transaction) -> None:
        add_environments(tx)
        oldest, old = Agent("staging", "b", "", 3), Agent("production", "a", "", 4)
        for agent in (
            old,
            oldest,
            Agent("staging", "c", "", 5),
            Agent("staging", "d", "", 1, None, 2),
            Agent("staging", "e"),
        ):
            tx.agents.put(agent)
        assert tx.agents.silent(5, 10) == [oldest, old]
        assert tx.agents.silent(5, 1) == [oldest]
        assert tx.agents.silent(3, 10) == []

    await metadata.write(check)


async def test_a_code_is_taken_once(metadata: Metadata) -> None:
    def check(tx: Transaction) -> None:
        add_environments(tx)
        code = JoinCode("staging", 9, "chief")
        tx.join_codes.add(code, "digest")
        assert tx.join_codes.take("other") is None
        assert tx.join_codes.take("digest") == code
        assert tx.join_codes.take("digest") is None

    await metadata.write(check)


async def test_codes_that_have_expired_go(metadata: Metadata) -> None:
    def check(tx: Transaction) -> None:
        add_environments(tx)
        codes = [JoinCode("staging", at, "chief") for at in (4, 5, 6)]
        for code in codes:
            tx.join_codes.add(code, str(code.expires_at))
        tx.join_codes.remove_expired(5)
        assert [tx.join_codes.take(digest) for digest in "456"] == [None, None, codes[2]]

    await metadata.write(check)


async def test_an_environment_takes_its_hosts_and_its_codes_along(metadata: Metadata) -> None:
    def check(tx: Transaction) -> None:
        add_environments(tx)
        tx.agents.put(WEB)
        tx.agents.put(Agent("production", "web"))
        tx.join_codes.add(JoinCode("staging", 9, "chief"), "staging")
        tx.join_codes.add(JoinCode("production", 9, "chief"), "production")
        tx.environments.remove("staging")
        assert tx.agents.of("staging") == []
        assert tx.join_codes.take("staging") is None
        assert tx.agents.of("production") != []
        assert tx.join_codes.take("production") is not None

    await metadata.write(check)
