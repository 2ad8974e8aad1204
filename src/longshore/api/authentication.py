"""Who calls: from the Authorization header of a request to a caller.

Decides which proofs count: a password, a secret, a token of this registry, or an identity token
of an issuer that is trusted. What was verified is remembered for a while and for as long as
nothing of access changes, so that slow hashes do not bound the rate of requests.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple, TypeVar

from longshore.api.messages import Request
from longshore.api.throttle import Throttle
from longshore.oci.errors import Unauthorized
from longshore.registry import access, audit, keys, logins
from longshore.registry.access import OPEN, Caller, State
from longshore.registry.credentials import Credentials, TokenInvalid
from longshore.registry.directory import Secret
from longshore.registry.grants import ANONYMOUS
from longshore.registry.logins import Holder, Login
from longshore.registry.ports import Metadata, Transaction
from longshore.registry.secrets import digest_of, is_wellformed
from longshore.registry.trust import Trust, matches, who

T = TypeVar("T")

REMEMBERED = 10_000  # proofs
REMEMBER = 600.0  # seconds
WRONG = "wrong name, password or token"


class _Proved(NamedTuple):
    """`until` is on the wall clock, in seconds; `hashed` is what an htpasswd file had.

    `address` is the only one from where it counts, if it does not from everywhere.
    """

    caller: Caller
    until: float
    hashed: str | None = None
    address: str | None = None


class _Known(NamedTuple):
    version: int
    proved: _Proved


class Authenticator:
    """`is_open`: as long as there is no account, anybody may do everything to content."""

    def __init__(
        self, metadata: Metadata[Transaction], credentials: Credentials, *, is_open: bool
    ) -> None:
        self._metadata = metadata
        self._credentials = credentials
        self._is_open = is_open
        self._known: OrderedDict[bytes, _Known] = OrderedDict()
        self._throttle = Throttle()
        # One at a time: whoever guesses passwords keeps one thread busy and no request waiting.
        self._hashing = ThreadPoolExecutor(1, "passwords")
        self._turn = asyncio.Lock()

    async def identify(self, request: Request) -> Caller:
        """The caller of this request; raises Unauthorized, and TooManyRequests."""
        state = await self._metadata.read(access.state)
        if self._is_open_to_all(state):
            return OPEN
        header = request.header(b"authorization")
        certified = None if header else request.certificate_name
        proof = hashlib.sha256((header or f"\0{certified or ''}").encode()).digest()
        known = self._known.get(proof)
        if known is not None and self._is_good(known, state, request.address):
            return known.proved.caller
        proved = await (self._prove(request, header) if header else self._without(certified))
        self._remember(proof, _Known(state.version, proved))
        return proved.caller

    def _is_open_to_all(self, state: State) -> bool:
        return self._is_open and not state.is_secured

    def _is_good(self, known: _Known, state: State, address: str) -> bool:
        proved = known.proved
        return (
            known.version == state.version
            and time.time() < proved.until
            and proved.address in {None, address}
            and (proved.hashed is None or proved.hashed == self._hash_in_file(proved.caller.name))
        )

    def _remember(self, proof: bytes, known: _Known) -> None:
        self._known[proof] = known
        self._known.move_to_end(proof)
        if len(self._known) > REMEMBERED:
            self._known.popitem(last=False)

    async def _without(self, certified: str | None) -> _Proved:
        """Of a request that says nothing: whom its certificate names, or anybody."""
        caller = await self._metadata.read(logins.certified, certified or ANONYMOUS)
        return _Proved(caller, time.time() + REMEMBER)

    async def _prove(self, request: Request, header: str) -> _Proved:
        scheme, _, value = header.partition(" ")
        if scheme.lower() == "basic":
            name, password = _basic(value.strip())
            return await self._log_in(request, name, password)
        if scheme.lower() != "bearer":
            # Not which one it was: it may be a secret that was sent without a scheme.
            raise Unauthorized("this registry is told who calls by Basic or by Bearer")
        token = value.strip()
        if is_wellformed(token):
            return await self._log_in(request, "", token)
        return await self._by_token(token)

    async def log_in(self, request: Request, name: str, password: str) -> Caller:
        """The account of this name, with all that it may do.

        Raises Unauthorized, and TooManyRequests.
        """
        if self._is_open_to_all(await self._metadata.read(access.state)):
            return OPEN  # as with any other request
        return (await self._log_in(request, name, password)).caller

    async def _log_in(self, request: Request, name: str, password: str) -> _Proved:
        self._throttle.check(name, request.address)
        try:
            proved, secret = await self._verify(request, name, password)
        except Unauthorized as refusal:
            self._throttle.failed(name, request.address)
            await self._refuse(request, name, str(refusal))
            raise
        self._throttle.succeeded(name, request.address)
        await self._note(request, Login(proved.caller.name, secret), proved.caller.identity)
        return proved

    async def _note(self, request: Request, login: Login, identity: str = "") -> None:
        actor = request.actor._replace(name=login.name, identity=identity)
        await audit.if_room(self._metadata.by(actor), logins.note, login)

    async def _refuse(self, request: Request, name: str, reason: str) -> None:
        """Note a login that failed. Nobody has shown to be of that name, so the actor is nobody."""
        shown = "a secret in place of a name" if is_wellformed(name) else name[:80]
        metadata = self._metadata.by(request.actor)
        await audit.if_room(metadata, audit.refuse, "login", shown, reason)

    async def _verify(
        self, request: Request, name: str, password: str
    ) -> tuple[_Proved, Secret | None]:
        if is_wellformed(password):
            return await self._by_secret(name, password)
        issuer = self._credentials.identity_tokens.issuer_of(password)
        if issuer is not None:
            return await self._by_identity(request, name, password, issuer), None
        return await self._by_password(request, name, password), None

    async def _by_password(self, request: Request, name: str, password: str) -> _Proved:
        in_file = None
        hashed = await self._metadata.read(logins.password_of, name)
        if hashed is None and await self._metadata.read(logins.may_be_elsewhere, name):
            hashed = in_file = self._hash_in_file(name)
        async with self._turn:
            self._throttle.check(name, request.address)  # others may have failed meanwhile
            verify = self._credentials.passwords.verify
            loop = asyncio.get_running_loop()
            if not await loop.run_in_executor(self._hashing, verify, password, hashed):
                raise Unauthorized(WRONG)
        caller = await self._metadata.read(access.caller, name)
        return _Proved(caller, time.time() + REMEMBER, in_file)

    async def hash(self, password: str) -> str:
        """The hash of a new password, made in its turn with those that are verified."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._hashing, self._credentials.passwords.hash, password)

    def _hash_in_file(self, name: str) -> str | None:
        file = self._credentials.password_file
        return file.hash_of(name) if file else None

    async def _by_secret(self, name: str, text: str) -> tuple[_Proved, Secret]:
        secret = await self._secret(text)
        if secret is None or secret.kind != "robot" or name not in {"", secret.account}:
            raise Unauthorized(WRONG)
        caller = await self._metadata.read(access.caller, secret.account)
        return _Proved(caller, _until(secret)), secret

    async def once(self, request: Request, work: Callable[[], Awaitable[T]]) -> T:
        """What somebody is given for a secret that is no account's; one that is wrong counts as a
        failed login. Raises Unauthorized, and TooManyRequests.
        """
        self._throttle.check("", request.address)
        try:
            return await work()
        except Unauthorized as refusal:
            self._throttle.failed("", request.address)
            await self._refuse(request, "", str(refusal))
            raise

    async def refresh(self, request: Request, text: str) -> Caller:
        """The account that a refresh token is of; raises Unauthorized, and TooManyRequests."""
        if self._is_open_to_all(await self._metadata.read(access.state)):
            return OPEN
        self._throttle.check("", request.address)
        secret = await self._secret(text)
        if secret is None or secret.kind != "refresh":
            refusal = Unauthorized("the refresh token is not good any more: log in again")
            self._throttle.failed("", request.address)
            await self._refuse(request, "", str(refusal))
            raise refusal
        await self._note(request, Login(secret.account, secret))
        return await self._metadata.read(access.caller, secret.account)

    async def _secret(self, text: str) -> Secret | None:
        """The secret of this text, if it is good now."""
        if not is_wellformed(text):
            return None
        return await self._metadata.read(logins.by_secret, digest_of(text))

    async def _by_token(self, token: str) -> _Proved:
        ring = await self._metadata.read(keys.ring)
        try:
            claims = self._credentials.tokens.read(
                token, ring.good, ring.audience, int(time.time())
            )
        except TokenInvalid as problem:
            raise Unauthorized(f"the token is not good: {problem}") from None
        name = claims.subject or ANONYMOUS
        in_file = self._hash_in_file(name)
        holder = Holder(name, claims.issued_at, is_elsewhere=in_file is not None)
        found = await self._metadata.read(logins.token_holder, holder)
        if found is None:
            raise Unauthorized("the token's account is not let in any more")
        caller = Caller(name, found.grants, claims.access, claims.identity)
        return _Proved(caller, min(claims.expires_at, time.time() + REMEMBER), in_file)

    async def _by_identity(self, request: Request, name: str, token: str, issuer: str) -> _Proved:
        trusts = await self._metadata.read(logins.trusts, issuer, name)
        if not trusts:
            raise Unauthorized(f"no trust of this registry is in {issuer[:200]}")
        trust, identity, expires_at = await self._trusted(trusts, token)
        # Of what is signed: a signature may have two spellings that are both good.
        digest = hashlib.sha256(token.rpartition(".")[0].encode()).hexdigest()
        writing = self._metadata.by(request.actor._replace(name=trust.name, identity=identity))
        problem = await writing.write(logins.use_identity, trust, digest, expires_at * 1000)
        if problem is not None:
            raise Unauthorized(problem)
        caller = await self._metadata.read(access.caller, trust.name)
        # Nothing is remembered where each use must be seen.
        until = 0.0 if trust.is_single_use else min(expires_at, time.time() + REMEMBER)
        caller = Caller(trust.name, caller.grants, None, identity)
        return _Proved(caller, until, address=request.address)

    async def _trusted(self, trusts: list[Trust], token: str) -> tuple[Trust, str, int]:
        """The first trust that the token fits, who it says it is, and when it expires."""
        reason = "its claims are not those of any trust"
        for trust in trusts:
            try:
                claims = await self._credentials.identity_tokens.verify(
                    token, trust.issuer, trust.audience, int(time.time())
                )
            except TokenInvalid as problem:
                reason = str(problem)
                continue
            if matches(trust, claims):
                return trust, who(claims), int(claims["exp"])
        raise Unauthorized(f"the identity token is not good here: {reason}")


def _until(secret: Secret) -> float:
    limit = time.time() + REMEMBER
    return limit if secret.expires_at is None else min(secret.expires_at / 1000, limit)


def _basic(value: str) -> tuple[str, str]:
    """Name and password (RFC 7617); raises Unauthorized."""
    try:
        name, colon, password = base64.b64decode(value, validate=True).decode().partition(":")
    except ValueError:  # binascii.Error and UnicodeDecodeError are some
        raise Unauthorized("the Authorization header is not understood") from None
    if not colon:
        raise Unauthorized("the Authorization header has a name and no password")
    return name, password
