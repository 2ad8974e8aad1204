"""How environments stand, for people: tables for all who look, and sentences for what they lack.

Decides what is told of an environment and in which words. It takes the management API's replies,
and asks nobody. A fact has a name, by which it is known again when it has changed.
"""

import shutil
import textwrap
from collections.abc import Iterable, Iterator
from typing import Any

from longshore.cli.tables import table, when
from longshore.cli.wishes import SHOWN, named

SHORT = 8  # digits of a commit

Facts = dict[tuple[str, ...], str]


def lines(found: Iterable[Any]) -> list[str]:
    """Everything, within the width of the terminal."""
    environments = list(found)
    if not environments:
        return ["There are no environments yet: `longshore env create NAME`."]
    told = table(
        ("ENVIRONMENT", "IMAGE", "COMMIT", "SINCE", "STATE"),
        [row for one in environments for row in _images(one)],
    )
    hosts = [row for one in environments for row in _hosts(one)]
    if hosts:
        told += ["", *table(("ENVIRONMENT", "HOST", "SERVICE", "RUNS", "STATE"), hosts)]
    reasons = [f"{one['name']}: {text}" for one in environments for _, text in _reasons(one)]
    width = shutil.get_terminal_size().columns
    wrapped = [part for each in reasons for part in _wrapped(each, width)]
    return [*told, "", *wrapped] if wrapped else told


def facts(environment: Any) -> Facts:
    """The same, a line for each."""
    name = environment["name"]
    told: Facts = {}
    for image in environment["images"]:
        told[name, "image", image["repository"]] = " ".join(filter(None, _image(image)))
    for _, *cells in _hosts(environment):
        told[name, "host", *cells[:2]] = " ".join(filter(None, cells))
    for about, text in _reasons(environment):
        told[name, *about] = text
    return {about: f"{name}: {text}" for about, text in told.items()}


def _images(environment: Any) -> Iterator[tuple[str, ...]]:
    for image in environment["images"]:
        yield environment["name"], *_image(image)


def _image(image: Any) -> tuple[str, str, str, str]:
    current = image["deployment"]
    if current is None:
        return image["repository"], "", "", "nothing yet"
    shown, since = named(image["repository"], current), when(current["at"])
    return shown, _commit(current), since, current["outcome"]


def _commit(current: Any) -> str:
    """With its branch, where the tag says another."""
    origin = current["origin"]
    branch = origin["branch"] if origin["branch"] != current["name"] else ""
    return " ".join(filter(None, (origin["revision"][:SHORT], branch)))


def _hosts(environment: Any) -> Iterator[tuple[str, str, str, str, str]]:
    """Each service of each host; and hosts that have said nothing of any yet."""
    name = environment["name"]
    current = [one["deployment"] for one in environment["images"] if one["deployment"]]
    names = {one["digest"]: one["name"] for one in current}
    newest = {one["id"] for one in current}
    for said in environment["hosts"]:
        runs = names.get(said["digest"], said["digest"])
        short = runs.partition(":")[2][:SHOWN] if runs == said["digest"] else runs
        state = said["state"] if said["deployment"] in newest else f"{said['state']}, behind"
        if said["is_lost"]:
            state = f"lost, last heard of {when(said['at'])}"
        yield name, said["host"], said["service"], short, state
    heard = {said["host"] for said in environment["hosts"]}
    for agent in environment["agents"]:
        if agent["host"] not in heard:
            seen = f"lost, last heard of {when(agent['seen_at'])}"
            yield name, agent["host"], "", "", seen if agent["is_lost"] else "nothing said yet"


def _reasons(environment: Any) -> Iterator[tuple[tuple[str, ...], str]]:
    """What a table has no room for: what keeps it from changing, and what to do about it."""
    name, freeze = environment["name"], environment["freeze"]
    if freeze is not None:
        told = f"frozen by {freeze['who']}"
        told += f" until {when(freeze['until'])}" if freeze["until"] else ""
        told += f": {freeze['reason']}" if freeze["reason"] else ""
        yield ("freeze",), f"{told}: `longshore unfreeze {name}` ends it"
    for image in environment["images"]:
        yield from _reasons_of(environment, image)
    for host in environment["hosts"]:
        last = host["detail"].strip().rpartition("\n")[2]
        if last:
            yield ("detail", host["host"], host["service"]), _said(host, last)
    if not environment["agents"] and not environment["hosts"]:
        yield ("hosts",), f"no host runs it yet: `longshore env join-code {name}` lets one join"


def _reasons_of(environment: Any, image: Any) -> Iterator[tuple[tuple[str, ...], str]]:
    name, repository = environment["name"], image["repository"]
    hold, waiting = image["hold"], image["waiting"]
    if waiting is not None:
        told = f"{named(repository, waiting)} waits: {waiting['text']}"
        if "unapproved" in waiting["codes"]:
            told += f": `longshore approve {name}`"
        yield ("waiting", repository), told
    elif image["deployment"] is None:
        yield ("nothing", repository), f"{repository} is not there yet: it {environment['track']}"
    if hold is not None and (waiting is None or "held" not in waiting["codes"]):
        told = f"{repository} is on hold since the {hold['cause']} by {hold['who']}"
        told += f" ({hold['reason']})" if hold["reason"] else ""
        yield ("hold", repository), f"{told}: `longshore resume {name}` goes on"


def _said(host: Any, text: str) -> str:
    return f"{host['service']} on {host['host']} says: {text}"


def _wrapped(text: str, width: int) -> list[str]:
    return textwrap.wrap(text, width, subsequent_indent="  ", break_on_hyphens=False)
