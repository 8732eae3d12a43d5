"""How hard a model may be asked, and what a run may spend."""

from __future__ import annotations

from dataclasses import dataclass

from spar_data.core.config import Config, setting


@dataclass(frozen=True)
class Limits(Config):
    """Rate limits of the calls to a model, and caps on the tokens and the money of a run. Stored answers are free.

    A `Budget` shares the caps among several phases. Raises SparError for a value outside its range.
    """

    concurrency: int = setting(
        0, "Calls in flight at most; fewer if the server asks for it.", at_least=0, metavar="N", shown="64 a server"
    )
    rpm: int = setting(0, "Requests per minute at most.", at_least=0, metavar="N", shown="")
    tpm: int = setting(0, "Prompt and completion tokens per minute at most.", at_least=0, metavar="N", shown="")
    deadline: float = setting(600.0, "Time for one request, including its retries.", above=0, metavar="SECONDS")
    attempts: int = setting(8, "How often a call is sent that fails for a passing reason.", at_least=1, metavar="N")
    max_tokens_total: int = setting(
        0, "Stop before this run uses more tokens.", at_least=0, metavar="N", shown="no limit"
    )
    max_cost: float = setting(
        0.0, "Stop before this run costs more; SPAR_PRICES=FILE names a price table of your own.", at_least=0,
        metavar="USD", shown="no limit",
    )  # fmt: skip
    batch: bool = setting(False, "Use the provider's batch API: cheaper, takes up to a day.")
