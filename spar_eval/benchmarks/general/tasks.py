"""Tasks of lm-evaluation-harness, loaded with their data before any model is opened."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

from spar_data.core.errors import SparError, first_line, nearest
from spar_data.models.model_spec import Spec
from spar_eval.benchmarks.general.config import GeneralConfig

HarnessTask: TypeAlias = Any
"""A task or group of tasks of lm_eval, which has no types."""

_RUN_CODE = ("humaneval", "mbpp")  # prefixes of their names; other tasks are known by unsafe_code in their YAML file


def load_tasks(config: GeneralConfig) -> tuple[object, list[HarnessTask]]:
    """The task manager, and the chosen tasks and groups of tasks.

    Raises SparError for an unknown task, one whose data cannot be loaded, and one that runs code without permission. The
    harness's own 14,000 tasks are listed only if a name is not among the included ones: that takes nine seconds.
    """
    from lm_eval.tasks import TaskManager

    if config.include and not config.include.is_dir():
        raise SparError(f"--include {config.include} is no folder: one with YAML tasks of lm-eval is expected")
    for name in config.task_names:
        if name.startswith(_RUN_CODE):
            _check_permission(name, config)
    include = str(config.include) if config.include else None
    manager = TaskManager(include_path=include, include_defaults=False) if include else None
    if manager is None or not set(config.task_names) <= set(manager.all_tasks):
        manager = TaskManager(include_path=include)
    chosen: list[HarnessTask] = []
    for name in config.task_names:
        if name not in manager.all_tasks:
            raise SparError(f"task {name!r} is not known to lm-eval.{nearest(name, manager.all_tasks)}")
        try:
            loaded = manager.load([name])
        except Exception as error:  # raised by datasets, huggingface_hub, evaluate or YAML, without a common base
            raise SparError(
                f"task {name!r} cannot be loaded: {type(error).__name__}: {first_line(error)}. Its data come from the Hub. If "
                "the Hub cannot be reached, load the task once elsewhere, copy the folder named by HF_HOME and set "
                "HF_DATASETS_OFFLINE=1, or give a YAML task over local files with --include"
            ) from None
        chosen += [loaded["groups"][name]] if name in loaded["groups"] else list(loaded["tasks"].values())
    for task in single_tasks(chosen):
        if getattr(task, "UNSAFE_CODE", False):
            _check_permission(task.task_name, config)
    return manager, chosen


def check_answerable(chosen: Sequence[HarnessTask], spec: Spec) -> None:
    """Raises SparError for tasks that compare log-likelihoods, if the model is a server of chat completions."""
    unanswerable = [task.task_name for task in single_tasks(chosen) if task.OUTPUT_TYPE != "generate_until"]
    if spec.kind == "openai" and unanswerable:
        others = f" and {len(unanswerable) - 1:,} more" if len(unanswerable) > 1 else ""
        raise SparError(
            f"task {unanswerable[0]!r}{others} compares log-likelihoods of given answers, which chat completions do not give. "
            "Tasks that generate can be asked there: gsm8k, triviaqa, humaneval_instruct, mmlu_generative; or use hf: or vllm:"
        )


def single_tasks(chosen: Sequence[HarnessTask]) -> list[HarnessTask]:
    """The tasks, and those inside of groups."""
    return [task for entry in chosen for task in (entry.get_all_tasks() if _is_group(entry) else [entry])]


def task_name(entry: HarnessTask) -> str:
    """The name of a task or group."""
    return str(entry.name if _is_group(entry) else entry.task_name)


def _is_group(entry: HarnessTask) -> bool:
    return hasattr(entry, "get_all_tasks")


def _check_permission(name: str, config: GeneralConfig) -> None:
    if not config.allow_code:
        raise SparError(
            f"task {name!r} runs code that the model writes, on this machine and without a sandbox: --allow-code permits "
            "this (better inside a container without network)"
        )
