"""`vllm:PATH`: vLLM on this machine. Its prefix cache serves votes on one response and branches of one node."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import json
import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, wait
from pathlib import Path
from typing import TYPE_CHECKING, Any

from spar_data.core.errors import SparError, first_line, missing_package
from spar_data.models.backends.batcher import Batcher
from spar_data.models.backends.local import answer, base_and_adapter, chat_template, encode, local_identity
from spar_data.models.model_spec import Backend, Spec
from spar_data.models.requests import Answer, Failure, Request

if TYPE_CHECKING:
    from vllm import LLM, CompletionOutput, RequestOutput, SamplingParams
    from vllm.lora.request import LoRARequest
    from vllm.v1.engine.llm_engine import LLMEngine

_CHUNK = 1024  # requests that the engine schedules at once
_GREEDY = 1e-5  # vLLM treats lower temperatures as 0, and refuses n > 1 there
_GRACE = 20.0  # seconds that the engine's processes get to end by themselves
_RANKS = (8, 16, 32, 64, 128, 256, 320, 512)  # the ranks of adapters that vLLM knows
_ENVIRONMENT = {  # defaults
    # a forked engine would inherit open stores and threads, and CPU workers do not start where numba was imported
    "VLLM_WORKER_MULTIPROC_METHOD": "spawn",
    "VLLM_LOGGING_STREAM": "ext://sys.stderr",  # stdout belongs to the command, e.g. for --json
    "VLLM_LOGGING_LEVEL": "WARNING",
}


class VLLMBatcher(Batcher):
    """Loads the engine, notices the death of its processes, and ends them when it is closed. Raises SparError.

    Options: tp=N (tensor parallel), lora=PATH, max_len=N, dtype=D, memory=0.9 (share of the GPU's memory).
    """

    def __init__(self, spec: Spec) -> None:
        identity = local_identity(spec)
        self.engine = VLLM(spec)
        super().__init__(identity, self.engine.run, chunk=_CHUNK)
        self.engine.stopping = self.stopping.is_set
        self._death: asyncio.Task[None] | None = None

    async def ask(self, request: Request) -> Sequence[Answer]:
        """Raises SparError when a process of the engine was killed: vLLM itself would wait for ever."""
        self._death = self._death or asyncio.create_task(self._watch())
        reply = asyncio.create_task(super().ask(request))
        try:
            await asyncio.wait([reply, self._death], return_when=asyncio.FIRST_COMPLETED)
            if not reply.done():
                raise _engine_error("one of its processes was killed.")
            return reply.result()
        finally:
            reply.cancel()

    async def _watch(self) -> None:
        while all(process.is_alive() for process in self.engine.processes):
            await asyncio.sleep(1.0)

    async def close(self) -> None:
        """Ends the engine's processes, too, so that the next model finds the memory free."""
        if self._death:
            self._death.cancel()
        await super().close()
        await asyncio.get_running_loop().run_in_executor(None, self.engine.close)


class VLLM:
    """A loaded engine."""

    def __init__(self, spec: Spec) -> None:
        for name, value in _ENVIRONMENT.items():
            os.environ.setdefault(name, value)
        try:
            from vllm import LLM
        except ImportError as error:
            if error.name != "vllm":
                raise SparError(f"vLLM is installed but cannot be imported: {error}") from None
            raise missing_package("vllm", "vllm", f"the model vllm:{spec.target}") from None
        base, adapter = base_and_adapter(spec)
        options: dict[str, Any] = {
            "model": str(base),
            "tensor_parallel_size": spec.integer("tp", 1, 1),
            "dtype": spec.options.get("dtype", "auto"),
            "enable_prefix_caching": True,
            "generation_config": "vllm",  # the request's own sampling, no defaults of the model's folder
            "use_tqdm_on_load": False,
        }
        if "max_len" in spec.options:
            options["max_model_len"] = spec.integer("max_len", 0, 1)
        if "memory" in spec.options:
            options["gpu_memory_utilization"] = _memory_share(spec.options["memory"])
        self.stopping = lambda: False
        self._lora: LoRARequest | None = None
        if adapter:
            from vllm.lora.request import LoRARequest

            options |= {"enable_lora": True, "max_lora_rank": _rank(adapter)}
            self._lora = LoRARequest("adapter", 1, str(adapter))
        others = set(multiprocessing.active_children())
        try:
            with _hidden_main():
                self._llm = _interruptible(lambda: LLM(**options))
        except Exception as error:  # OSError, ValueError, RuntimeError, pydantic's and vLLM's own
            raise SparError(f"vLLM cannot load {spec.target}: {first_line(error)}") from None
        self.processes = set(multiprocessing.active_children()) - others
        self._tokenizer = self._llm.get_tokenizer()
        if template := chat_template(spec):
            self._tokenizer.chat_template = template
        self._context = int(self._llm.model_config.max_model_len)
        self._count = 0

    def run(self, requests: Sequence[Request]) -> Iterator[tuple[int, Sequence[Answer]]]:
        """Yields each request as soon as its last sample is done. A request that the engine refuses fails alone."""
        engine = self._llm.llm_engine
        open_ids: dict[str, int] = {}
        try:
            for i, request in enumerate(requests):
                self._count += 1
                failure = self._add(engine, str(self._count), request)
                if failure:
                    yield i, [failure] * request.n
                else:
                    open_ids[str(self._count)] = i
            while open_ids and not self.stopping():
                for output in engine.step():
                    if output.finished:
                        i = open_ids.pop(output.request_id)
                        yield i, self._answers(requests[i], output)
        except _engine_dead() as error:
            raise _engine_error(first_line(error)) from None
        finally:
            if open_ids:
                with contextlib.suppress(Exception):  # the engine itself may have failed
                    engine.abort_request(list(open_ids))

    def close(self) -> None:
        """Ends the processes of the engine and waits for them."""
        core = self._llm.llm_engine.engine_core
        with contextlib.suppress(Exception):
            try:
                core.shutdown(timeout=_GRACE)
            except TypeError:  # older versions have no timeout
                core.shutdown()

    def _add(self, engine: LLMEngine, name: str, request: Request) -> Failure | None:
        """Hands a request to the engine; returns why it was refused."""
        tokens = encode(self._tokenizer, request)
        if isinstance(tokens, Failure):
            return tokens
        if len(tokens) >= self._context:
            return Failure("too long", f"{len(tokens)} tokens of prompt leave no room in the model's {self._context}")
        try:
            prompt = {"type": "token", "prompt_token_ids": tokens}
            engine.add_request(name, prompt, _sampling(request), lora_request=self._lora)
        except _engine_dead():
            raise
        except Exception as error:  # an invalid or unenforceable schema, a negative seed, ...
            return Failure("error", f"vLLM refuses the request: {first_line(error)}")
        return None

    def _answers(self, request: Request, output: RequestOutput) -> list[Answer]:
        prompt = len(output.prompt_token_ids or ())
        answers = [self._answer(request, o, prompt if k == 0 else 0) for k, o in enumerate(output.outputs)]
        if _greedy(request):  # one sample was generated: the others are equal and cost nothing
            answers += [dataclasses.replace(answers[0], prompt_tokens=0, completion_tokens=0)] * (request.n - 1)
        return answers

    def _answer(self, request: Request, sample: CompletionOutput, prompt: int) -> Answer:
        written = len(sample.token_ids)
        if sample.finish_reason not in ("stop", "length"):
            return Failure("error", f"vLLM ended the sample: {sample.finish_reason}", prompt, written)
        if sample.finish_reason == "length" and written < request.max_tokens:
            return Failure("length", f"cut off at the model's {self._context} tokens", prompt, written)
        return answer(sample.text, sample.finish_reason == "stop", request, prompt, written)


def _sampling(request: Request) -> SamplingParams:
    from vllm import SamplingParams
    from vllm.sampling_params import RequestOutputKind, StructuredOutputsParams

    return SamplingParams(
        n=1 if _greedy(request) else request.n,
        temperature=request.temperature,
        top_p=request.top_p,
        max_tokens=request.max_tokens,
        stop=list(request.stop) or None,
        seed=request.seed,
        structured_outputs=StructuredOutputsParams(json=json.loads(request.schema)) if request.schema else None,
        output_kind=RequestOutputKind.FINAL_ONLY,
    )


def _greedy(request: Request) -> bool:
    return request.temperature < _GREEDY


def _engine_error(reason: str) -> SparError:
    return SparError(
        f"vLLM's engine ended: {reason} Answers until then are stored; the same command continues from there."
    )


def _engine_dead() -> type[Exception]:
    from vllm.v1.engine.exceptions import EngineDeadError

    return EngineDeadError


@contextlib.contextmanager
def _hidden_main() -> Iterator[None]:
    """Keeps spawned processes from importing the calling program.

    They need nothing of it, and a script without a guard would run twice.
    """
    main = sys.modules["__main__"]
    spec, file = getattr(main, "__spec__", None), getattr(main, "__file__", None)
    try:
        main.__spec__ = main.__file__ = None
        yield
    finally:
        main.__spec__, main.__file__ = spec, file
        if file is None:
            del main.__file__


def _interruptible(load: Callable[[], LLM]) -> LLM:
    """Loads in a thread, so that Ctrl-C ends it: asyncio would defer it, and vLLM waits in native code."""
    if threading.current_thread() is not threading.main_thread():
        return load()
    done: Future[LLM] = Future()

    def run() -> None:
        try:
            done.set_result(load())
        except BaseException as error:
            done.set_exception(error)

    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        threading.Thread(target=run, name="vllm", daemon=True).start()
        while not done.done():
            wait([done], timeout=0.2)
        return done.result()
    except KeyboardInterrupt:
        for process in multiprocessing.active_children():
            process.terminate()
        raise
    finally:
        signal.signal(signal.SIGINT, before)


def _rank(adapter: Path) -> int:
    """The lowest rank that vLLM knows and that the adapter fits into."""
    try:
        config = json.loads((adapter / "adapter_config.json").read_text(encoding="utf-8"))
        highest = max([int(config["r"]), *map(int, config.get("rank_pattern", {}).values())])
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise SparError(f"{adapter} is not a LoRA adapter: {type(error).__name__}: {error}") from None
    return next((rank for rank in _RANKS if rank >= highest), highest)


def _memory_share(text: str) -> float:
    try:
        share = float(text)
    except ValueError:
        share = 0.0
    if not 0 < share <= 1:
        raise SparError(f"vllm: memory={text}: a share from 0 to 1 is expected")
    return share


BACKEND = Backend(
    forms={"vllm:PATH[,tp=N][,lora=PATH][,max_len=N][,dtype=D][,memory=SHARE][,template=FILE]": "vLLM in this process"},
    identify=local_identity,
    open=lambda spec, limits, store: VLLMBatcher(spec),
    options=frozenset({"tp", "lora", "max_len", "dtype", "memory", "template"}),
)
