"""How the responses under test are got."""

from __future__ import annotations

from dataclasses import dataclass

from spar_data.core.config import setting
from spar_data.core.errors import SparError
from spar_data.models.sampling import Sampling


@dataclass(frozen=True)
class ResponseConfig(Sampling):
    """How the model under test responds; greedy by default."""

    samples: int = setting(
        1, "Responses per prompt. More than one needs a temperature, and gives the mean and pass@k.", at_least=1
    )
    max_tokens: int = setting(
        2048, "Tokens of one reply at most. A reply that is cut off counts as failed, and is reported.", at_least=1
    )
    partial: bool = setting(False, "Score even if calls of the model failed; these responses count as failed.")

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.samples > 1 and self.temperature == 0:
            raise SparError(
                f"--samples {self.samples} at temperature 0 gives the same response {self.samples} times: a temperature "
                "is expected beside it, e.g. --temperature 0.7"
            )
