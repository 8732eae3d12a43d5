"""`replay:SPEC`: the stored answers of that model and no others."""

from __future__ import annotations

from collections.abc import Sequence

from spar_data.models.ask import identify
from spar_data.models.model_spec import Backend, Spec
from spar_data.models.requests import Answer, Failure, Identity, Request


class Replay:
    in_flight = 64

    def __init__(self, identity: Identity) -> None:
        self.identity = identity

    async def ask(self, request: Request) -> Sequence[Answer]:
        return [Failure("not stored", "a replayed model answers from the store only")] * request.n

    async def close(self) -> None:
        pass


BACKEND = Backend(
    forms={"replay:SPEC": "stored answers of that model only"},
    identify=lambda spec: identify(spec.target),
    open=lambda spec, limits, store: Replay(identify(spec.target)),
    parse=lambda text, rest: Spec("replay", rest),
)
