"""Services, written: what is written is read as the same service, and is short."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from longshore.delivery import durations
from longshore.delivery.rollouts.health import Check, Health, Probe
from longshore.delivery.rollouts.resources import Network, Port, Volume
from longshore.delivery.rollouts.services import Confinement, Service
from longshore.source import document, project, writing
from longshore.source.services import ServicePart

WEB = Service("web", "team/web")

words = st.text(max_size=8).filter(lambda text: "\0" not in text)
several = st.lists(words, max_size=3).map(tuple)
times = st.integers(1, 10**6).map(lambda quarters: quarters / 4)
names = st.from_regex("[a-z][a-z0-9]{0,5}", fullmatch=True)
maps = st.dictionaries(names, words, max_size=3)
ports = st.builds(
    Port,
    st.integers(1, 65535),
    st.integers(0, 65535),
    st.sampled_from(["tcp", "udp"]),
    st.sampled_from(["", "127.0.0.1", "::1"]),
)
folders = names.map(lambda name: f"/{name}")
volumes = st.one_of(
    st.builds(Volume, folders, st.just(""), st.just("volume"), st.booleans()),
    st.builds(Volume, folders, names, st.just("volume"), st.booleans()),
    st.builds(Volume, folders, folders, st.just("bind"), st.booleans()),
)
networks = st.builds(
    Network,
    names.filter(lambda name: name not in {"host", "none"}),
    st.lists(names, max_size=2).map(tuple),
    st.sampled_from(["", "10.1.0.9"]),
)
checks = st.one_of(
    st.none(),
    st.just(Check()),
    st.just(Check(is_disabled=True)),
    st.builds(Check, several, times, times, st.integers(0, 9), times),
)
probes = st.one_of(st.none(), st.just(Probe()), st.builds(Probe, folders, timeout=times))
healths = st.builds(
    Health, checks, probes, st.just(0.5), times.map(lambda time: time + 1), watch=times
)
confinements = st.builds(
    Confinement,
    st.integers(0, 1 << 40),
    st.integers(0, 64).map(lambda cpus: cpus / 4),
    st.integers(0, 1 << 30),
    st.integers(0, 99),
    st.booleans(),
    cap_add=several,
    sysctls=maps,
)
services = st.builds(
    Service,
    names,
    st.just("team/web"),
    entrypoint=st.one_of(st.none(), several),
    command=st.one_of(st.none(), several),
    hostname=names,
    has_init=st.booleans(),
    environment=st.dictionaries(names, words, max_size=3),
    labels=maps,
    ports=st.lists(ports, max_size=2, unique_by=str).map(tuple),
    volumes=st.lists(volumes, max_size=2, unique_by=lambda each: each.target).map(tuple),
    networks=st.lists(networks, max_size=2, unique_by=lambda each: each.name).map(tuple),
    health=healths,
    stop_grace=st.one_of(st.none(), st.just(0), times),
    restart=st.sampled_from([None, "no", "always"]),
    keep=st.integers(1, 9),
    confinement=confinements,
)


@example(replace(WEB, environment={"a": "\x85", "b": "\u2028 \n"}))
@given(services)
def test_what_is_written_is_read_as_the_same(service: Service) -> None:
    content = document.parse(writing.text(service)).content
    assert isinstance(content, dict)
    [(name, said)] = content["services"].items()
    assert ServicePart.model_validate(said).to_service(name, said["image"]) == service


def test_nothing_is_written_that_would_be_so_anyway(tmp_path: Path) -> None:
    plain = replace(WEB, networks=(Network("front"),), ports=(Port(80, 8080), Port(53)))
    assert writing.text(plain) == (
        "services:\n  web:\n    image: team/web\n    ports:\n    - 8080:80\n    - '53'\n"
        "    networks:\n    - front\n"
    )
    file = tmp_path / project.FILE
    file.write_text(f"image: registry.example.com/team/web\n{writing.text(plain)}")
    assert project.load(file).to_services() == (plain,)


def test_sizes_and_times_have_units() -> None:
    confinement = Confinement(memory=512 << 20, shm_size=1025)
    said = writing.written(replace(WEB, confinement=confinement, stop_grace=90.5))
    assert said == {
        "image": "team/web",
        "stop_grace": "90s500ms",
        "memory": "512m",
        "shm_size": "1025",
    }


@given(st.integers(0, 10**9))
def test_a_duration_is_read_as_it_was_written(thousandths: int) -> None:
    length = thousandths / 1000
    assert durations.seconds(durations.text(length)) == pytest.approx(length)
