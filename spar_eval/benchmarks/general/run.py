"""Scores a model by lm-evaluation-harness."""

from __future__ import annotations

import hashlib

from spar_data.core.errors import SparError, first_line
from spar_data.models import cost, identify
from spar_data.models.estimate import CallPlan
from spar_data.models.requests import estimate_tokens
from spar_eval.benchmarks.general.config import GeneralConfig
from spar_eval.benchmarks.general.harness import (
    cache_name,
    environment,
    harness_model,
    import_harness,
    local_spec,
    open_harness_model,
    quiet,
)
from spar_eval.benchmarks.general.samples import Lengths
from spar_eval.benchmarks.general.tasks import check_answerable, load_tasks, single_tasks, task_name
from spar_eval.benchmarks.general.to_result import to_result
from spar_eval.results import Result

_DEFAULT_TOKENS = 256  # of a reply, where a task does not say


def evaluate_general(model: str, config: GeneralConfig) -> Result:
    """Scores a model on tasks of the harness.

    Raises SparError for a model that the harness cannot ask, an unknown task, one whose data cannot be loaded or that this
    kind of model cannot answer, and one that runs code without permission.
    """
    harness = import_harness()
    spec = local_spec(model)
    described = harness_model(spec, config)
    with quiet(), environment(spec, config):
        manager, chosen = load_tasks(config)
        check_answerable(chosen, spec)
        opened = open_harness_model(harness, described, model)
        if config.chat and spec.kind != "openai" and not getattr(opened.tokenizer, "chat_template", None):
            raise SparError(f"{model} has no chat template: --no-chat gives it the prompts as they are")
        try:
            output = harness.simple_evaluate(
                opened,
                tasks=chosen,
                task_manager=manager,
                num_fewshot=config.shots,
                limit=config.limit,
                use_cache=str(config.cache / cache_name(spec, described, harness.__version__)),
                system_instruction=config.system or None,
                apply_chat_template=config.chat,
                gen_kwargs={"max_gen_toks": config.max_tokens} if config.max_tokens else None,
                bootstrap_iters=1000,
                confirm_run_unsafe_code=config.allow_code,
            )
        except Exception as error:
            if type(error).__module__.split(".")[0] in ("requests", "aiohttp", "tenacity"):
                raise SparError(f"{model} does not answer: {first_line(error)}") from None
            raise
    lengths = None if spec.kind == "openai" else Lengths(opened.tok_encode, config.max_tokens or opened.max_gen_toks)
    settings = {
        "tasks": list(config.task_names),
        "backend": described.kind,
        "model_args": described.arguments,
        "batch_size": described.batch,
    }
    names = [task_name(entry) for entry in chosen]
    return to_result(output, names, model, _signature(config, harness.__version__), settings, lengths)


def plan_general(model: str, config: GeneralConfig) -> CallPlan:
    """What `evaluate_general` would ask, without opening the model: one call for each answer of a multiple choice.

    The cache is not looked at. Raises SparError as `evaluate_general` does.
    """
    import_harness()
    spec = local_spec(model)
    harness_model(spec, config)
    prompt_tokens = completion_tokens = calls = 0
    with quiet(), environment(spec, config):
        _, chosen = load_tasks(config)
        check_answerable(chosen, spec)
        for task in single_tasks(chosen):
            if config.shots is not None and task.get_config("num_fewshot") != 0:
                task.set_config(key="num_fewshot", value=config.shots)
            elif task.get_config("num_fewshot") is None:
                task.set_config(key="num_fewshot", value=0)
            task.set_fewshot_seed(seed=1234)
            task.build_all_requests(limit=config.limit, rank=0, world_size=1)
            for request in task.instances:
                calls += request.repeats
                prompt_tokens += request.repeats * estimate_tokens(config.system + str(request.args[0]))
                if request.request_type == "generate_until":
                    tokens = config.max_tokens or request.args[1].get("max_gen_toks", _DEFAULT_TOKENS)
                    completion_tokens += request.repeats * tokens
    usd = cost(identify(spec).name, prompt_tokens, completion_tokens)
    return CallPlan(calls, calls, prompt_tokens, completion_tokens, usd)


def _signature(config: GeneralConfig, version: str) -> list[str]:
    """What decides the scores besides tasks and data."""
    return [
        f"chat:{'yes' if config.chat else 'no'}",
        *([f"system:{hashlib.sha256(config.system.encode()).hexdigest()[:8]}"] if config.system else []),
        *([f"max-tokens:{config.max_tokens}"] if config.max_tokens else []),
        *([f"limit:{config.limit}"] if config.limit else []),
        "thinking:removed",
        f"lm-eval-{version}",
    ]
