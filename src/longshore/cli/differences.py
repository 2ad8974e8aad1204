"""In what two environments differ: images, commits, services, and what promotion would change.

Decides what counts as a difference: what is to run, and how services are declared. Who may, and
which rules hold, is each environment's own business. It takes the management API's replies.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer

from longshore.cli.output import counted
from longshore.cli.tables import print_json
from longshore.cli.wishes import named

MOST = 50  # commits
SHORT = 8  # digits of a commit


def show(before: Any, after: Any, *, as_json: bool) -> bool:
    """Print the difference; answers whether there is none."""
    found = compared(before, after)
    if as_json:
        print_json(found)
    else:
        for line in lines(found):
            typer.echo(line)
    return bool(found["same"])


def compared(before: Any, after: Any) -> dict[str, Any]:
    """The difference, for programs."""
    images = [_images(*pair) for pair in _paired(before["images"], after["images"], "repository")]
    pairs = _paired(before["declared"]["services"], after["declared"]["services"], "name")
    services = [one for one in (_services(*pair) for pair in pairs) if one["fields"]]
    return {
        "same": not services and all(one["same"] for one in images),
        "before": before["name"],
        "after": after["name"],
        "images": images,
        "services": services,
        "promotion": _promotion(before, after, images),
    }


def _paired(one: list[Any], other: list[Any], key: str) -> Iterator[tuple[Any, Any]]:
    """Those of one name; None where there is no such."""
    left, right = ({each[key]: each for each in side} for side in (one, other))
    for name in sorted(left.keys() | right.keys()):
        yield left.get(name), right.get(name)


def _images(before: Any, after: Any) -> dict[str, Any]:
    old, new = (side and side["deployment"] for side in (before, after))
    is_same = (old and old["digest"]) == (new and new["digest"])
    return {
        "repository": (before or after)["repository"],
        "same": is_same,
        "before": old and _shown(old),
        "after": new and _shown(new),
        "commits": None if is_same or not (old and new) else _commits(old, new),
    }


def _shown(deployment: Any) -> dict[str, Any]:
    keys = ("digest", "name", "outcome", "origin")
    return {key: deployment[key] for key in keys}


def _commits(old: Any, new: Any) -> dict[str, Any] | None:
    """What each has and the other has not; null where no checkout here knows."""
    from longshore.source import commits

    one, other = (side["origin"]["revision"] for side in (old, new))
    here = Path.cwd()
    only_before = commits.between(here, os.environ, other, one, MOST)
    only_after = commits.between(here, os.environ, one, other, MOST)
    if only_before is None or only_after is None:
        return None
    return {
        "only_before": [each._asdict() for each in only_before],
        "only_after": [each._asdict() for each in only_after],
    }


def _services(before: Any, after: Any) -> dict[str, Any]:
    """`fields` are those that differ; all, if only one has the service."""
    whole = before or after
    fields = [key for key in whole if not (before and after) or before[key] != after[key]]
    return {
        "name": whole["name"],
        "before": before is not None,
        "after": after is not None,
        "fields": fields,
    }


def _promotion(before: Any, after: Any, images: list[dict[str, Any]]) -> dict[str, Any] | None:
    """What would run if it were promoted; null where neither is promoted to from the other."""
    for start, end, side in ((before, after, "before"), (after, before, "after")):
        if end["declared"]["promote_from"] == start["name"]:
            known = {image["repository"] for image in end["images"]}
            changed = [one for one in images if one[side] and not one["same"]]
            return {
                "from": start["name"],
                "to": end["name"],
                "approvals": end["declared"]["approvals"],
                "images": [
                    {"repository": one["repository"], **one[side]}
                    for one in changed
                    if one["repository"] in known
                ],
            }
    return None


def lines(found: dict[str, Any]) -> Iterator[str]:
    """The difference, for people."""
    before, after = found["before"], found["after"]
    if found["same"]:
        yield f"{before} and {after} are to run the same."
    for one in found["images"]:
        if not one["same"]:
            yield one["repository"]
            yield f"- {before}: {_told(one['repository'], one['before'])}"
            yield f"+ {after}: {_told(one['repository'], one['after'])}"
            yield from _told_commits(found, one)
    for service in found["services"]:
        yield _told_service(found, service)
    if found["promotion"] is not None:
        yield from _told_promotion(found["promotion"])


def _told(repository: str, image: Any) -> str:
    if image is None:
        return "nothing"
    commit = image["origin"]["revision"][:SHORT]
    told = f"{named(repository, image)}, {image['outcome']}"
    return f"{told}, of {commit}" if commit else told


def _told_commits(found: Any, one: Any) -> Iterator[str]:
    if one["commits"] is None:
        revisions = [side and side["origin"]["revision"] for side in (one["before"], one["after"])]
        if all(revisions):
            yield (
                "  For the commits between, in a checkout that has both: git log"
                f" {revisions[1]}..{revisions[0]}"
            )
        return
    for sign, name, side in (
        ("-", found["before"], "only_before"),
        ("+", found["after"], "only_after"),
    ):
        commits = one["commits"][side]
        if commits:
            more = " or more" if len(commits) == MOST else ""
            yield f"  only {name} has {counted(len(commits), 'commit')}{more}:"
        for commit in commits:
            yield f"  {sign} {commit['revision'][:SHORT]} {commit['subject']}"


def _told_service(found: Any, service: Any) -> str:
    if not (service["before"] and service["after"]):
        owner = found["before"] if service["before"] else found["after"]
        return f"service {service['name']}: only in {owner}"
    return f"service {service['name']}: differs in {', '.join(service['fields'])}"


def _told_promotion(promotion: Any) -> Iterator[str]:
    start, end = promotion["from"], promotion["to"]
    for image in promotion["images"]:
        wanted = named(image["repository"], image)
        if image["outcome"] == "healthy":
            yield f"{end} may be promoted to {wanted}:"
            yield f"  longshore deploy {end} {image['repository']}@{image['digest']}"
        else:
            yield f"{end} can not be promoted to {wanted}: it is {image['outcome']} in {start}"
    if promotion["images"] and promotion["approvals"]:
        approvals = counted(promotion["approvals"], "approval")
        yield f"{end} takes {approvals}: `longshore approve {end}`"
