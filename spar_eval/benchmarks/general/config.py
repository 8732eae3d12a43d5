"""The values that a run of lm-evaluation-harness depends on."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from spar_data.core.config import Config, setting
from spar_data.core.errors import SparError


@dataclass(frozen=True)
class GeneralConfig(Config):
    """Which tasks are asked, and how. None stands for what the task says."""

    tasks: str = setting(
        "gsm8k,triviaqa,mmlu",
        "Tasks of lm-eval, separated by commas; humaneval, the paper's fourth, needs --allow-code.",
    )
    include: Path | None = setting(None, "YAML tasks of your own, e.g. over local files.", metavar="FOLDER")
    shots: int | None = setting(None, "Examples in the prompt.", at_least=0, metavar="N", shown="as the task says")
    chat: bool = setting(
        True, "Whether prompts go through the model's chat template.", flag="--chat/--no-chat", shown="--chat"
    )
    system: str = setting("", "System prompt.")
    max_tokens: int | None = setting(None, "Tokens of one reply.", at_least=2, shown="as the task says, else 256")
    allow_code: bool = setting(False, "Tasks may run code that the model writes, on this machine.")
    concurrency: int = setting(16, "Calls to a server in flight.", at_least=1, metavar="N")
    limit: int | None = setting(None, "The first N items of each task only.", at_least=1, metavar="N")
    cache: Path = setting(
        Path("runs/lm-eval"), "Folder where lm-eval keeps answers: the same command continues where it stopped."
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.task_names:
            raise SparError("--tasks is empty: names of lm-eval tasks are expected, e.g. gsm8k,mmlu")

    @property
    def task_names(self) -> tuple[str, ...]:
        """Each task once, in the given order."""
        return tuple(dict.fromkeys(filter(None, (name.strip() for name in self.tasks.split(",")))))
