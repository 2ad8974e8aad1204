"""The contracts of the ports of environments in `delivery.ports`, on every backend."""

from dataclasses import replace

from longshore.delivery.environments.deployments import (
    Approval,
    Decision,
    Deployment,
    EnvironmentState,
    Freeze,
    Hold,
    ImageState,
    Report,
    Request,
    Waiting,
)
from longshore.delivery.environments.environment import Environment
from longshore.delivery.environments.windows import Window
from longshore.delivery.ports import Metadata, Transaction
from longshore.delivery.rollouts.health import Health, Probe
from longshore.delivery.rollouts.resources import Network, Port, Volume
from longshore.delivery.rollouts.services import Service
from longshore.oci.digest import Digest
from longshore.oci.names import RepositoryName

APP, JOB = RepositoryName("team/app"), RepositoryName("team/job")
ONE, TWO = Digest.of(b"one"), Digest.of(b"two")

WEB = Service(
    "web",
    APP,
    command=("serve", "--all"),
    environment={"MODE": "live"},
    secrets={"PASSWORD": "db"},
    ports=(Port(80, 8080),),
    volumes=(Volume("/data", "data"),),
    networks=(Network("front", ("web",)),),
    health=Health(http=Probe("/health", 80)),
    stop_grace=30.5,
)
WHOLE = EnvironmentState(
    Environment(
        "staging",
        (WEB, Service("job", JOB)),
        follow="~1.0",
        prereleases=True,
        min_age=60,
        promote_from="development",
        verified_after=600.5,
        approvals=2,
        approvers=("@leads",),
        deployers=("kees",),
        agents=("host",),
        windows=(Window(allow="Mon-Thu 09:00-16:00", tz="Europe/Paris"),),
    ),
    generation=3,
    freeze=Freeze("kees", 5, "stocktaking", 9),
    look_at=7,
)
IMAGE = ImageState(
    "staging",
    APP,
    4,
    ONE,
    "1.0.5",
    Hold("rollback", "kees", 5, "it was slow"),
    Request("deploy", TWO, "1.0.6", "kees", 6, "try it"),
    Waiting(TWO, "1.0.6", 6, ("unapproved",), "it awaits 1 of 2 approvals"),
    (Approval(TWO, "anna", 7),),
)


def named(name: str, **more: object) -> EnvironmentState:
    declared = replace(Environment(name, (WEB,)), **more)  # type: ignore[arg-type]
    return EnvironmentState(declared)


async def test_an_environment_is_kept_as_it_is(metadata: Metadata) -> None:
    def check(tx: Transaction) -> None:
        assert tx.environments.find("staging") is None
        tx.environments.put(WHOLE)
        tx.images.put(IMAGE)
        assert tx.environments.find("staging") == WHOLE
        assert tx.images.find("staging", APP) == IMAGE
        kept = tx.images.find("staging", APP)
        assert kept is not None
        assert isinstance(kept.digest, Digest)
        assert isinstance(kept.repository, RepositoryName)
        tx.environments.put(replace(WHOLE, freeze=None))
        tx.images.put(ImageState("staging", APP))
        assert tx.environments.find("staging") == replace(WHOLE, freeze=None)
        assert tx.images.find("staging", APP) == ImageState("staging", APP)

    await metadata.write(check)


async def test_environments_are_found_by_what_they_run_and_by_what_comes_before(
    metadata: Metadata,
) -> None:
    def check(tx: Transaction) -> None:
        for state in (named("c", promote_from="a"), named("b", promote_from="a"), named("a")):
            tx.environments.put(state)
        for name, repository in (("c", APP), ("a", APP), ("a", JOB), ("b", JOB)):
            tx.images.put(ImageState(name, repository))
        assert names(tx.environments.page("", 9)) == ["a", "b", "c"]
        assert names(tx.environments.page("a", 1)) == ["b"]
        assert names(tx.environments.running(APP)) == ["a", "c"]
        assert names(tx.environments.running(RepositoryName("team"))) == []
        assert names(tx.environments.after("a")) == ["b", "c"]
        assert names(tx.environments.after("b")) == []
        assert [one.repository for one in tx.images.of("a")] == [APP, JOB]
        tx.images.remove("a", APP)
        assert names(tx.environments.running(APP)) == ["c"]

    await metadata.write(check)


async def test_what_is_due_comes_in_order_of_its_time(metadata: Metadata) -> None:
    def check(tx: Transaction) -> None:
        for name, look_at in (("a", 9), ("b", 5), ("c", None), ("d", 7), ("e", 11)):
            tx.environments.put(replace(named(name), look_at=look_at))
        assert names(tx.environments.due(9, 9)) == ["b", "d", "a"]
        assert names(tx.environments.due(9, 2)) == ["b", "d"]
        assert names(tx.environments.due(4, 9)) == []

    await metadata.write(check)


async def test_an_environment_goes_with_its_images_and_reports(metadata: Metadata) -> None:
    def check(tx: Transaction) -> None:
        for state in (named("a"), named("b")):
            tx.environments.put(state)
            name = state.declared.name
            tx.images.put(ImageState(name, APP))
            tx.reports.put(Report(name, "host", "web", 1, ONE, "healthy", 5))
            tx.decisions.add(decision(name))
            tx.deployments.add(deployment(name))
        tx.environments.remove("a")
        tx.environments.remove("a")  # again, which changes nothing
        assert names(tx.environments.page("", 9)) == ["b"]
        assert (tx.images.of("a"), tx.reports.of("a")) == ([], [])
        assert len(tx.images.of("b")) == len(tx.reports.of("b")) == 1
        assert len(tx.decisions.latest("a", None, 9)) == 1
        assert len(tx.deployments.latest("a", APP, None, 9)) == 1

    await metadata.write(check)


async def test_deployments_are_numbered_found_and_concluded(metadata: Metadata) -> None:
    def check(tx: Transaction) -> None:
        made = [
            tx.deployments.add(deployment(name, repository, digest))
            for name, repository, digest in (
                ("a", APP, ONE),
                ("a", APP, TWO),
                ("a", JOB, ONE),
                ("b", APP, ONE),
                ("a", APP, ONE),
            )
        ]
        numbers = [one.id for one in made]
        assert numbers == sorted(set(numbers))
        assert tx.deployments.find(made[1].id) == made[1]
        assert tx.deployments.find(0) is None
        assert tx.deployments.latest("a", APP, None, 9) == [made[4], made[1], made[0]]
        assert tx.deployments.latest("a", APP, made[4].id, 1) == [made[1]]
        assert tx.deployments.of_digest("a", APP, ONE) == [made[4], made[0]]
        ended = made[0]._replace(outcome="healthy", healthy_at=8, failed_at=7, ended_at=9)
        tx.deployments.conclude(ended._replace(name="another", who="somebody"))
        assert tx.deployments.find(made[0].id) == ended

    await metadata.write(check)


async def test_the_history_comes_in_pages_the_newest_first(metadata: Metadata) -> None:
    def check(tx: Transaction) -> None:
        for number in range(5):
            tx.decisions.add(decision("a")._replace(at=number))
            tx.decisions.add(decision("b"))
        lines = tx.decisions.latest("a", None, 3)
        assert [line.at for line in lines] == [4, 3, 2]
        assert lines[0] == decision("a")._replace(at=4, id=lines[0].id)
        assert [line.at for line in tx.decisions.latest("a", lines[-1].id, 9)] == [1, 0]

    await metadata.write(check)


async def test_a_host_has_one_last_word_on_a_service(metadata: Metadata) -> None:
    def check(tx: Transaction) -> None:
        tx.environments.put(named("a"))
        for host, service in (("y", "web"), ("x", "web"), ("y", "job")):
            tx.reports.put(Report("a", host, service, 1, ONE, "starting", 5))
        last = Report("a", "y", "web", 2, TWO, "failed", 6, "exit code 1")
        tx.reports.put(last)
        found = tx.reports.of("a")
        assert [(one.host, one.service) for one in found] == [
            ("x", "web"),
            ("y", "job"),
            ("y", "web"),
        ]
        assert found[-1] == last
        assert tx.reports.remove("a", "y")
        assert not tx.reports.remove("a", "y")
        assert [one.host for one in tx.reports.of("a")] == ["x"]

    await metadata.write(check)


def names(found: list[EnvironmentState]) -> list[str]:
    return [state.declared.name for state in found]


def decision(environment: str) -> Decision:
    return Decision(
        0, 5, environment, APP, "deploy", "kees", "repo:acme", ONE, TWO, "1.0.6", "it is time"
    )


def deployment(
    environment: str, repository: RepositoryName = APP, digest: Digest = ONE
) -> Deployment:
    return Deployment(
        0, environment, repository, digest, "1.0.5", 5, "rollback", "kees", "it was slow", 3
    )
