"""A replayed model answers from the store only, under the keys of the model itself."""

from __future__ import annotations

from collections.abc import Callable

from server import ScriptedServer

from spar_data.models import Failure, Request, Store, complete, identify


def test_replay(store: Store, ask: Callable[..., Request], serve: Callable[..., ScriptedServer]) -> None:
    server = serve()
    spec = f"openai:m@{server.url}"
    stored, _ = complete(spec, [ask("p", n=2)], store)
    replayed, tally = complete(f"replay:{spec}", [ask("p", n=3), ask("q")], store)
    missing = Failure("not stored", "a replayed model answers from the store only")
    assert replayed == [[*stored[0], missing], [missing]] and server.calls == {"p": 1}
    assert (tally.cached, tally.failed) == (2, {"not stored": 2}) and identify(f"replay:{spec}") == identify(spec)
