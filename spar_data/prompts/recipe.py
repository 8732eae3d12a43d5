"""A recipe is one TOML file: everything that decides what a dataset contains. Loaded into frozen dataclasses."""

from __future__ import annotations

import dataclasses
import json
import tomllib
import typing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from spar_data.core.assets import asset
from spar_data.core.errors import SparError, nearest
from spar_data.core.ids import row_id
from spar_data.prompts.decontaminate import DecontaminateConfig
from spar_data.prompts.evolve.draw import EvolveConfig
from spar_data.prompts.seeds.keywords import KeywordConfig
from spar_data.prompts.seeds.language import LanguageConfig
from spar_data.prompts.seeds.length import LengthConfig
from spar_data.prompts.seeds.selfbleu import SelfBleuConfig
from spar_data.sources.prompts import SourceConfig


@dataclass(frozen=True)
class ReleaseConfig:
    """What the dataset card says beside what was measured."""

    license: str = "apache-2.0"
    title: str = ""
    source: str = ""  # where the source comes from and under which licence
    repository: str = ""  # owner/name on the Hub, for `spar-data publish`


@dataclass(frozen=True)
class Recipe:
    """`version` is that of the dataset, `seed` decides every random choice."""

    name: str
    version: str = "1.0.0"
    seed: int = 42
    source: SourceConfig = field(default_factory=SourceConfig)
    length: LengthConfig = field(default_factory=LengthConfig)
    keywords: KeywordConfig = field(default_factory=KeywordConfig)
    language: LanguageConfig = field(default_factory=LanguageConfig)
    self_bleu: SelfBleuConfig = field(default_factory=SelfBleuConfig)
    evolve: EvolveConfig = field(default_factory=EvolveConfig)
    decontaminate: DecontaminateConfig = field(default_factory=DecontaminateConfig)
    release: ReleaseConfig = field(default_factory=ReleaseConfig)

    def __post_init__(self) -> None:
        if not self.name or not all(c.isalnum() or c in "-_." for c in self.name):
            raise SparError(f"name = {self.name!r}: letters, digits, '-', '_' and '.' are expected")

    def to_dict(self) -> dict[str, Any]:
        return json.loads(json.dumps(dataclasses.asdict(self)))

    @property
    def fingerprint(self) -> str:
        """8 hex digits over every value."""
        return row_id(json.dumps(self.to_dict(), sort_keys=True))[:8]


def available() -> list[str]:
    """The names of the shipped recipes."""
    return sorted(path.stem for path in asset("recipes").glob("*.toml"))


def load(name: str, overrides: typing.Sequence[str] = ()) -> Recipe:
    """Loads a shipped recipe by name or any recipe by path, then applies `key=value` overrides.

    A recipe with overrides is another dataset: its name gets the fingerprint unless `name` itself is overridden. Raises
    SparError naming key and nearest valid key or the expected type.
    """
    path = Path(name) if name.endswith(".toml") else asset("recipes") / f"{name}.toml"
    if not path.is_file():
        raise SparError(
            f"no recipe {name!r}: the path of a .toml file or a shipped recipe.{nearest(name, available())}"
        )
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SparError(f"{path}: not readable as TOML: {error}") from None
    recipe = _build(Recipe, data, str(path), "")
    if not overrides:
        return recipe
    for override in overrides:
        _override(data, override)
    changed = _build(Recipe, data, "--set", "")
    if changed != recipe and changed.name == recipe.name:
        changed = dataclasses.replace(changed, name=f"{recipe.name}-{changed.fingerprint}")
    return changed


def configure(kind: type, overrides: typing.Sequence[str]) -> Any:
    """A config of this class: its defaults, then `key=value` overrides. Raises SparError like `load`."""
    data: dict[str, Any] = {}
    for override in overrides:
        _override(data, override)
    return _build(kind, data, "--set", "")


def _override(data: dict[str, Any], override: str) -> None:
    key, equals, text = override.partition("=")
    if not equals or not key:
        raise SparError(f"--set {override}: key=value is expected, e.g. self_bleu.threshold=0.5")
    try:
        value = tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        value = text  # a bare word is a string
    *sections, last = key.split(".")
    target = data
    for section in sections:
        target = target.setdefault(section, {})
        if not isinstance(target, dict):
            raise SparError(f"--set {override}: '{section}' is a value, not a section")
    target[last] = value


def _build(kind: type, data: dict[str, Any], where: str, prefix: str) -> Any:
    hints = typing.get_type_hints(kind)
    values = {}
    for key, value in data.items():
        if key not in hints:
            raise SparError(f"{where}: unknown key '{prefix}{key}'.{nearest(key, hints)}")
        values[key] = _value(hints[key], value, where, prefix + key)
    missing = [
        f.name
        for f in dataclasses.fields(kind)
        if f.name not in values and f.default is dataclasses.MISSING and f.default_factory is dataclasses.MISSING
    ]
    if missing:
        raise SparError(f"{where}: '{prefix}{missing[0]}' is missing")
    try:
        return kind(**values)
    except SparError as error:
        raise SparError(f"{where}: {error}") from None


def _value(hint: Any, value: Any, where: str, key: str) -> Any:
    if dataclasses.is_dataclass(hint):
        if not isinstance(value, dict):
            raise SparError(f"{where}: '{key}' = {value!r}: a section [{key}] is expected")
        return _build(typing.cast(type, hint), value, where, f"{key}.")
    if typing.get_origin(hint) is tuple:
        items = [value] if isinstance(value, str) else value
        if not isinstance(items, list | tuple) or not all(isinstance(item, str) for item in items):
            raise SparError(f"{where}: '{key}' = {value!r}: a list of strings is expected")
        return tuple(items)
    accepted = typing.get_args(hint) or (hint,)
    if float in accepted and type(value) is int:
        value = float(value)
    if type(value) not in accepted:
        names = " or ".join("nothing" if kind is type(None) else kind.__name__ for kind in accepted)
        raise SparError(f"{where}: '{key}' = {value!r}: {names} is expected, got {type(value).__name__}")
    return value
