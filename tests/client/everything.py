"""An image of each kind that there is, with everything that can belong to one, and its judge."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import httpx

from longshore.client.copying import Copied, Event
from longshore.client.places import parse
from longshore.client.session import Session
from longshore.client.shipping import Options, Shipment
from tests.clients.content import INDEX, MANIFEST, Descriptor, Layout, Tree
from tests.clients.remote import Repository
from tests.serving import TRUSTING_NOBODY

SIGNATURE = "application/vnd.example.signature.v1+json"


class Everything:
    """An image of each kind that there is, in a layout, and what belongs to it."""

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        images = [
            layout.image({"message": name.encode()}, architecture=name)
            for name in ("amd64", "arm64")
        ]
        inner = layout.index(images)
        extra = layout.image({"message": b"s390x"}, architecture="s390x")
        self.index = layout.index([inner, extra, layout.artifact(b"notes", "application/x.notes")])
        self.sbom = layout.artifact(b"an sbom", "application/x.sbom", subject=_bare(self.index))
        self.attached = [
            self.sbom,
            layout.artifact(b"signed", SIGNATURE, subject=_bare(self.index)),
            layout.artifact(b"signed, too", SIGNATURE, subject=_bare(self.sbom)),
            layout.artifact(b"of one platform", SIGNATURE, subject=_bare(images[0])),
            layout.index(images[:1], subject=_bare(self.index), artifactType="application/x.set"),
        ]
        self.cosign = {
            f"sha256-{self.index['digest'][7:]}.sig": layout.artifact(b"cosign", SIGNATURE),
            f"sha256-{extra['digest'][7:]}.att": layout.artifact(b"attested", SIGNATURE),
        }

    def push(self, repository: Repository) -> None:
        repository.push(self.layout, self.index, "1.0")
        for each in self.attached:
            repository.push(self.layout, each)
        for tag, each in self.cosign.items():
            repository.push(self.layout, each, tag)

    def write(self) -> None:
        """Name all of it in the layout."""
        self.layout.tag("1.0", self.index)
        for number, each in enumerate(self.attached):
            self.layout.tag(f"attached-{number}", each)
        for tag, each in self.cosign.items():
            self.layout.tag(tag, each)

    @property
    def trees(self) -> Tree:
        everything: Tree = {}
        for each in [self.index, *self.attached, *self.cosign.values()]:
            everything |= self.layout.tree(each)
        return everything


def _bare(descriptor: Descriptor) -> Descriptor:
    return {key: descriptor[key] for key in ("mediaType", "digest", "size")}


def copy(
    session: Session, source: str, target: str, events: list[Event] | None = None, **options: Any
) -> Copied:
    watch = (events if events is not None else []).append
    shipment = Shipment(session, parse(source), parse(target), Options(**options), watch)
    return shipment.send(shipment.compare())


def attached_to(repository: Repository, subject: str) -> set[str]:
    """By the API, or the fallback tag."""
    answer = repository.http.get(f"{repository.name}/referrers/{subject}")
    if answer.status_code == 404:
        answer = repository.http.get(f"{repository.name}/manifests/{subject.replace(':', '-')}")
    return {each["digest"] for each in answer.json().get("manifests", [])}


class Views:
    """What shows repositories without the client in between."""

    def __init__(self, stack: ExitStack) -> None:
        self._stack = stack
        self._clients: dict[str, httpx.Client] = {}

    def __call__(self, place: str) -> Repository:
        host, _, name = place.partition("/")
        if host not in self._clients:
            # The others serve an index only to those who say that they know one.
            accept = {"Accept": ", ".join([MANIFEST, INDEX, "*/*"])}
            base = f"http://{host}/v2/"
            client = httpx.Client(base_url=base, headers=accept, verify=TRUSTING_NOBODY, timeout=60)
            self._clients[host] = self._stack.enter_context(client)
        return Repository(self._clients[host], name)


@contextmanager
def views() -> Iterator[Views]:
    with ExitStack() as stack:
        yield Views(stack)
