"""Settings of a release that are not measured: licence, title, source and repository."""

from __future__ import annotations

from dataclasses import dataclass

from spar_data.core.config import setting


@dataclass(frozen=True)
class ReleaseConfig:
    """Texts of the dataset card and the address on the Hub."""

    license: str = setting("apache-2.0", "Licence of the dataset, as the Hub names it.")
    title: str = setting("", "Title of the card.", shown="the name of the dataset")
    source: str = setting("", "Where the source comes from and under which licence.")
    repository: str = setting("", "OWNER/NAME on the Hub, for `spar-data publish`.")
