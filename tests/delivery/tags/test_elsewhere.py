"""Releasing where the registry has no rules: what is set, what is there, what is refused."""

from dataclasses import replace

import pytest

from longshore.delivery.errors import Refused
from longshore.delivery.tags import elsewhere, naming
from longshore.delivery.tags.aliases import Decision
from longshore.delivery.tags.checkout import Checkout
from longshore.delivery.tags.naming import Known, Naming
from longshore.delivery.tags.policy import Policy

OURS, OTHER = f"sha256:{'a' * 64}", f"sha256:{'b' * 64}"


def named(*there: str) -> Naming:
    checkout = Checkout(commit="c", branch="master", tags=("v1.0.6",))
    return naming.names(Policy(), checkout, Known(there))


def moves(decisions: list[Decision]) -> list[str]:
    return [each.tag for each in decisions if each.moves]


def test_all_names_are_set_the_version_first_and_what_stays_is_told() -> None:
    decided = elsewhere.decide(Policy(), named("1.0.5", "2.0.0"), {"1.0": OTHER}, OURS)
    assert moves(decided) == ["1.0.6", "1.0", "1", "master"]
    assert [each.tag for each in decided if not each.moves] == ["latest"]


def test_a_version_with_other_content_is_refused_and_nothing_else_is() -> None:
    with pytest.raises(Refused, match=r"^1\.0\.6 exists with other content \(sha256:b"):
        elsewhere.decide(Policy(), named("1.0.6"), {"1.0.6": OTHER}, OURS)
    decided = elsewhere.decide(
        replace(Policy(), immutable=False), named("1.0.6"), {"1.0.6": OTHER, "1": OURS}, OURS
    )
    assert moves(decided) == ["1.0.6", "1.0", "latest", "master"]


def test_what_was_begun_is_finished() -> None:
    """A crash has left the version without its aliases: nothing keeps them from following."""
    decided = elsewhere.decide(Policy(), named("1.0.6"), {"1.0.6": OURS}, OURS)
    assert moves(decided) == ["1.0", "1", "latest", "master"]
    done: dict[str, str] = dict.fromkeys(named("1.0.6").tags, OURS)
    assert moves(elsewhere.decide(Policy(), named("1.0.6"), done, OURS)) == []
