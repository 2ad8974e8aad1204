"""Changes that need some words: each a rule with its arguments, and what the model expects."""

from collections.abc import Iterable

from longshore.oci.digest import Digest
from longshore.oci.names import RepositoryName, Tag
from longshore.registry import blobs, manifests, tags
from longshore.registry.ports import Transaction
from longshore.registry.restoring import carry_out, plan
from tests.content import Pushed
from tests.registry.material import CALLERS
from tests.registry.model import Model, Refused
from tests.registry.pair import REPOSITORIES, Write


def putting(
    model: Model,
    repository: RepositoryName,
    one: Pushed,
    names: Iterable[Tag],
    terms: tags.Terms = tags.PUSHED,
) -> Write:
    among = [Digest(digest) for digest in terms.condition.among or ()]
    expected, is_absent = among[0] if among else None, terms.condition.is_absent
    return Write(
        manifests.put,
        (repository, one.digest, one.manifest, list(names), terms),
        lambda: model.put(repository, one.digest, names, expected, is_absent=is_absent),
    )


def mounting(model: Model, repository: RepositoryName, blob: Digest, number: int) -> Write:
    """From the one, the other or any repository, for who may read both, one or none."""
    source = REPOSITORIES[number % 2] if number % 3 else None
    caller, readable = CALLERS[number // 6 % len(CALLERS)]

    def expect() -> Refused:
        model.mount(repository, blob, source, readable)
        return None

    return Write(blobs.mount, (caller, repository, blob, source), expect)


def restoring(model: Model, repository: RepositoryName, tag: Tag, digest: Digest | None) -> Write:
    """To that manifest, or to what the tag was before."""

    def restore(tx: Transaction) -> None:
        planned = plan(tx, repository, tag, digest)
        assert planned == plan(tx, repository, tag, planned.digest)
        carry_out(tx, planned)

    return Write(restore, (), lambda: model.restore(repository, tag, digest))
