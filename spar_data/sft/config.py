"""The settings of `spar-data sft`."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from spar_data.core.config import Config, setting
from spar_data.core.errors import SparError
from spar_data.core.files import JsonValue
from spar_data.models.sampling import Sampling


@dataclass(frozen=True)
class SftConfig(Config):
    """Sizes of the sets, sampling, and gates.

    8,000 prompts for the actor and 200 for the test of refinement are the paper's. The numbers for judge and refiner are not
    known: 43k - 8k - 3 iterations of 10k leave about 5k, half for each. Fewer prompts than the sum are divided in the same
    proportion.
    """

    actor_prompts: int = setting(8000, "Prompts of the actor's set.", at_least=0)
    judge_prompts: int = setting(2500, "Prompts of the judge's set.", at_least=0)
    refine_prompts: int = setting(2500, "Prompts of the refiner's set.", at_least=0)
    held_out: int = setting(200, "Prompts of refine rows kept as a test, at most a tenth of them.", at_least=0)
    samples: int = setting(1, "Responses of the actor per prompt that are judged.", at_least=1)
    temperature: float = setting(0.0, "Sampling temperature of the teacher.", at_least=0, at_most=2)
    max_tokens: int = setting(
        2048, "Tokens of a response or judgement at most; a refinement may have half as many more.", at_least=1
    )
    least_similarity: float = setting(
        0.3, "Least similarity of a refinement to the response it refines, by characters.", at_least=0, at_most=1
    )
    keep_failing: bool = setting(False, "Keep responses and refinements that fail a checker.")
    refine_per_prompt: int = setting(1, "Failing responses of a prompt that are refined.", at_least=1, flag=None)
    seed: int = setting(0, "Seed of the split.")

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.actor_prompts + self.judge_prompts + self.refine_prompts:
            raise SparError(
                "all sets are empty: at least one of --actor-prompts, --judge-prompts, --refine-prompts is needed"
            )

    @property
    def sampling(self) -> Sampling:
        """How the actor responds."""
        return Sampling(self.samples, 0.9, 0.9, self.max_tokens)

    def settings(self) -> dict[str, JsonValue]:
        """The settings of sft.json."""
        return {
            "split": {
                "actor": self.actor_prompts, "judge": self.judge_prompts, "refine": self.refine_prompts,
                "held_out": self.held_out, "seed": self.seed,
            },
            "gates": {"least_similarity": self.least_similarity, "keep_failing": self.keep_failing},
            "sampling": asdict(self.sampling),
            "refine_per_prompt": self.refine_per_prompt,
        }  # fmt: skip
