"""General abilities (GSM8K, TriviaQA, MMLU, HumanEval, any task of lm-evaluation-harness), so that what training cost
elsewhere is seen. The harness asks and scores; here models, data and errors are put in front of it, and its output
becomes a Result (`general_fold`).

Not covered: Limits and the Store of the other evaluators. The harness asks through its own clients; it keeps answers in
a cache of its own, by which a stopped run goes on.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from spar_data.core.errors import SparError, first_line, missing_package, nearest
from spar_data.models import cost, identify
from spar_data.models.backends.local import base_and_adapter
from spar_data.models.estimate import CallPlan
from spar_data.models.model_spec import Spec, parse_spec
from spar_data.models.requests import estimate_tokens
from spar_eval.benchmarks.general.to_result import Lengths, fold
from spar_eval.results import Result

PAPER = ("gsm8k", "triviaqa", "mmlu")  # and humaneval, which runs what the model writes
_RUN_CODE = ("humaneval", "mbpp")  # what their names begin with; others are known by unsafe_code in their YAML file
_BATCH = 16  # sequences of a batch of transformers
_THINK_END = "</think>"
_DEFAULT_TOKENS = 256  # of a reply, where a task does not say


@dataclass(frozen=True)
class Settings:
    """shots, limit, max_tokens: None is what the task says. chat: prompts go through the chat template. include: folder
    of YAML tasks. allow_code: tasks may run what the model writes. cache: folder of the harness's answers."""

    tasks: tuple[str, ...] = PAPER
    shots: int | None = None
    limit: int | None = None
    max_tokens: int | None = None
    chat: bool = True
    system: str = ""
    include: Path | None = None
    allow_code: bool = False
    concurrency: int = 16
    cache: Path = Path("runs/lm-eval")


def run(model: str, settings: Settings) -> Result:
    """Scores a model. Raises SparError for a model that the harness cannot ask, a task that is not there, one whose data
    cannot be had or that the model's kind cannot answer, and one that runs code without leave."""
    harness = _harness()
    spec = _spec(model)
    kind, args, batch = backend(spec, settings)
    with _quiet(), _environment(spec, settings):
        manager, chosen = _load(settings)
        _answerable(chosen, spec)
        lm = _open(harness, kind, args, batch, model)
        if settings.chat and spec.kind != "openai" and not getattr(lm.tokenizer, "chat_template", None):
            raise SparError(f"{model} has no chat template: --no-chat gives it the prompts as they are")
        try:
            output = harness.simple_evaluate(
                lm,
                tasks=chosen,
                task_manager=manager,
                num_fewshot=settings.shots,
                limit=settings.limit,
                use_cache=str(settings.cache / _fingerprint(spec, args, harness.__version__)),
                system_instruction=settings.system or None,
                apply_chat_template=settings.chat,
                gen_kwargs={"max_gen_toks": settings.max_tokens} if settings.max_tokens else None,
                bootstrap_iters=1000,
                confirm_run_unsafe_code=settings.allow_code,
            )
        except Exception as error:
            if type(error).__module__.split(".")[0] in ("requests", "aiohttp", "tenacity"):
                raise SparError(f"{model} does not answer: {first_line(error)}") from None
            raise
    lengths = None if spec.kind == "openai" else Lengths(lm.tok_encode, settings.max_tokens or lm.max_gen_toks)
    signature = [
        f"chat:{'yes' if settings.chat else 'no'}",
        *([f"system:{hashlib.sha256(settings.system.encode()).hexdigest()[:8]}"] if settings.system else []),
        *([f"max-tokens:{settings.max_tokens}"] if settings.max_tokens else []),
        *([f"limit:{settings.limit}"] if settings.limit else []),
        "thinking:removed",
        f"lm-eval-{harness.__version__}",
    ]
    told = {"tasks": list(settings.tasks), "backend": kind, "model_args": args, "batch_size": batch}
    return fold(output, [_name(each) for each in chosen], model, signature, told, lengths)


def plan(model: str, settings: Settings) -> CallPlan:
    """What would be asked, without a model: calls (one for each answer of a multiple choice), and tokens. The cache is
    not looked at. Raises SparError as `run` does."""
    _harness()
    spec = _spec(model)
    backend(spec, settings)
    prompt_tokens = completion_tokens = calls = 0
    with _quiet(), _environment(spec, settings):
        _, chosen = _load(settings)
        _answerable(chosen, spec)
        for task in _leaves(chosen):
            if settings.shots is not None and task.get_config("num_fewshot") != 0:
                task.set_config(key="num_fewshot", value=settings.shots)
            elif task.get_config("num_fewshot") is None:
                task.set_config(key="num_fewshot", value=0)
            task.set_fewshot_seed(seed=1234)
            task.build_all_requests(limit=settings.limit, rank=0, world_size=1)
            for each in task.instances:
                calls += each.repeats
                prompt_tokens += each.repeats * estimate_tokens(settings.system + str(each.args[0]))
                if each.request_type == "generate_until":
                    most = settings.max_tokens or each.args[1].get("max_gen_toks", _DEFAULT_TOKENS)
                    completion_tokens += each.repeats * most
    usd = cost(identify(spec).name, prompt_tokens, completion_tokens)
    return CallPlan(calls, calls, prompt_tokens, completion_tokens, usd)


def backend(spec: Spec, settings: Settings) -> tuple[str, dict[str, Any], int | str]:
    """What the harness calls this model: its kind, its arguments, and the size of a batch. No key is among them."""
    options = spec.options
    match spec.kind:
        case "hf":
            base, adapter = base_and_adapter(spec)
            from spar_data.models.backends.local import device_and_dtype

            device, dtype = device_and_dtype(spec)
            args: dict[str, Any] = {"pretrained": str(base), "dtype": dtype, "device": device}
            if adapter:
                args["peft"] = str(adapter)
            return "hf", {**args, "think_end_token": _THINK_END}, spec.integer("batch", _BATCH)
        case "vllm":
            base, adapter = base_and_adapter(spec)
            args = {"pretrained": str(base), "dtype": options.get("dtype", "auto")}
            args["tensor_parallel_size"] = spec.integer("tp", 1)
            if "max_len" in options:
                args["max_model_len"] = spec.integer("max_len", 0)
            if "memory" in options:
                args["gpu_memory_utilization"] = float(options["memory"])
            if adapter:
                rank = json.loads((adapter / "adapter_config.json").read_text(encoding="utf-8")).get("r", 16)
                args.update(lora_local_path=str(adapter), max_lora_rank=max(16, rank))
            return "vllm", {**args, "think_end_token": _THINK_END}, "auto"
        case "openai":
            if len(spec.urls) > 1:
                raise SparError(f"openai:{spec.target}: the harness asks one server: one URL is expected")
            if not settings.chat:
                raise SparError("--no-chat: a server of chat completions takes messages only; use hf: or vllm:")
            url = (spec.urls or (os.environ.get("OPENAI_BASE_URL") or "https://api.openai.com/v1",))[0]
            args = {"model": spec.target, "base_url": f"{url.rstrip('/')}/chat/completions", "max_length": 1 << 20}
            args.update(num_concurrent=settings.concurrency, think_end_token=_THINK_END)
            return "local-chat-completions", args, 1
    raise SparError(
        f"model {spec.kind}:{spec.target}: the harness asks models itself: hf:PATH, vllm:PATH, smollm2 or "
        f"openai:MODEL@URL is expected"
    )


def _spec(model: str) -> Spec:
    spec = parse_spec(model)
    if spec.kind != "smollm2":
        return spec
    from spar_data.models.backends.smollm2 import folder

    return Spec("hf", str(folder()), options=spec.options)


def _harness() -> Any:
    try:
        import lm_eval
        import lm_eval.api.registry
        import lm_eval.tasks
    except ImportError as error:
        raise missing_package(error.name or "lm-eval", "general", "spar-eval general") from None
    return lm_eval


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Standard output is the command's own, --json above all; of the harness's log warnings are enough."""
    log = logging.getLogger("lm_eval")
    level = log.level
    log.setLevel(logging.ERROR)
    try:
        with contextlib.redirect_stdout(sys.stderr):
            yield
    finally:
        log.setLevel(level)


@contextlib.contextmanager
def _environment(spec: Spec, settings: Settings) -> Iterator[None]:
    """The harness reads the key and the leave to run code from the environment."""
    wanted = {"HF_ALLOW_CODE_EVAL": "1"} if settings.allow_code else {}
    if spec.kind == "openai":
        from spar_data.models.backends.openai import api_key

        wanted["OPENAI_API_KEY"] = api_key(spec)
    before = {name: os.environ.get(name) for name in wanted}
    os.environ.update(wanted)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def _load(settings: Settings) -> tuple[Any, list[Any]]:
    """Tasks and groups with their data, before any model is opened. The harness's own 14,000 tasks are listed only if a
    name is not among the included ones: that takes nine seconds."""
    from lm_eval.tasks import TaskManager

    if settings.include and not settings.include.is_dir():
        raise SparError(f"--include {settings.include} is no folder: one with YAML tasks of lm-eval is expected")
    for name in settings.tasks:
        if name.startswith(_RUN_CODE):
            _allowed(name, settings)
    include = str(settings.include) if settings.include else None
    manager = TaskManager(include_path=include, include_defaults=False) if include else None
    if manager is None or not set(settings.tasks) <= set(manager.all_tasks):
        manager = TaskManager(include_path=include)
    chosen = []
    for name in settings.tasks:
        if name not in manager.all_tasks:
            raise SparError(f"task {name!r} is not known to lm-eval.{nearest(name, manager.all_tasks)}")
        try:
            loaded = manager.load([name])
        except Exception as error:  # of datasets, huggingface_hub, evaluate, YAML: of many kinds
            raise SparError(
                f"task {name!r} cannot be loaded: {type(error).__name__}: {first_line(error)}. Its data come from the Hub: "
                f"where that cannot be reached, load the task once elsewhere, copy the folder named by HF_HOME and set "
                f"HF_DATASETS_OFFLINE=1, or give a YAML task over local files with --include"
            ) from None
        chosen += [loaded["groups"][name]] if name in loaded["groups"] else list(loaded["tasks"].values())
    for task in _leaves(chosen):
        if getattr(task, "UNSAFE_CODE", False):
            _allowed(task.task_name, settings)
    return manager, chosen


def _allowed(name: str, settings: Settings) -> None:
    if not settings.allow_code:
        raise SparError(
            f"task {name!r} runs code that the model writes, on this machine and without a sandbox: --allow-code gives "
            f"leave (better inside a container without network)"
        )


def _answerable(chosen: Sequence[Any], spec: Spec) -> None:
    """Log-likelihoods of given answers cannot be had over chat completions."""
    cannot = [task.task_name for task in _leaves(chosen) if task.OUTPUT_TYPE != "generate_until"]
    if spec.kind == "openai" and cannot:
        more = f" and {len(cannot) - 1:,} more" if len(cannot) > 1 else ""
        raise SparError(
            f"task {cannot[0]!r}{more} compares log-likelihoods of given answers, which chat completions do not give. "
            f"Tasks that generate can be asked there: gsm8k, triviaqa, humaneval_instruct, mmlu_generative; or use hf: or vllm:"
        )


def _leaves(chosen: Sequence[Any]) -> list[Any]:
    return [task for each in chosen for task in (each.get_all_tasks() if hasattr(each, "get_all_tasks") else [each])]


def _name(each: Any) -> str:
    return str(each.name if hasattr(each, "get_all_tasks") else each.task_name)


def _open(harness: Any, kind: str, args: dict[str, Any], batch: int | str, model: str) -> Any:
    device = args.get("device")
    plain = {name: value for name, value in args.items() if name != "device"}
    try:
        opened = harness.api.registry.get_model(kind)
        return opened.create_from_arg_obj(plain, {"batch_size": batch, "max_batch_size": None, "device": device})
    except ImportError as error:
        extra = "vllm" if kind == "vllm" else "general"
        raise missing_package(error.name or "lm-eval[api]", extra, f"the model {model}") from None
    except Exception as error:  # of many kinds: each file format has its own
        raise SparError(f"{model} cannot be opened by lm-eval: {first_line(error)}") from None


def _fingerprint(spec: Spec, args: dict[str, Any], version: str) -> str:
    """Names the cache: other weights behind the same path, or another server, must not get the old answers."""
    return hashlib.sha256(repr((identify(spec), args.get("base_url"), version)).encode()).hexdigest()[:16]
