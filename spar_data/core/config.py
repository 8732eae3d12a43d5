"""Configs: frozen dataclasses that hold every value a stage depends on.

`setting` declares a field once: its default, help and limits. The declaration gives

* the command-line option (`spar_data.cli.options.config_options`),
* the check of the value (base class `Config`),
* the key in a TOML file and in `--set key=value` (`structure`, `configure`),
* the command line that builds the same config (`arguments`).
"""

from __future__ import annotations

import dataclasses
import math
import tomllib
import types
import typing
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from spar_data.core.errors import SparError, nearest

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

T = TypeVar("T")


@dataclass(frozen=True)
class Setting:
    """The declaration of a config's field, besides its type and default.

    help      one sentence for `--help`.
    choices   the allowed values; empty if any value of the type is allowed.
    at_least, at_most, above   limits of a number; None: no limit.
    flag      the option's name, e.g. "--search"; "" means the field's name with dashes. None: no option.
    metavar   how `--help` names the value; "" means click's default.
    shown     how `--help` shows the default; "" hides it, None shows the value itself.
    """

    help: str
    choices: tuple[str, ...] = ()
    at_least: float | None = None
    at_most: float | None = None
    above: float | None = None
    flag: str | None = ""
    metavar: str = ""
    shown: str | None = None


_PLAIN = Setting("")


def setting(default: T, help: str, **more: Any) -> T:
    """Declares a field of a config. `more` holds further fields of `Setting`."""
    return dataclasses.field(default=default, metadata={"setting": Setting(help, **more)})


def required(help: str, **more: Any) -> Any:
    """Declares a field without a default: the option has to be given."""
    return dataclasses.field(metadata={"setting": Setting(help, **more)})


def setting_of(field: dataclasses.Field[Any]) -> Setting:
    """The declaration of a field; an empty one if the field was not declared with `setting`."""
    return field.metadata.get("setting", _PLAIN)


def flag_of(field: dataclasses.Field[Any]) -> str:
    """The long option of a field, e.g. "--max-tokens"; "" if it has none."""
    flag = setting_of(field).flag
    return "" if flag is None else flag or "--" + field.name.replace("_", "-")


def kind_of(hint: Any) -> Any:
    """The type of a value: `int` for both `int` and `int | None`."""
    if isinstance(hint, types.UnionType):
        return next(kind for kind in typing.get_args(hint) if kind is not types.NoneType)
    return hint


@dataclass(frozen=True)
class Config:
    """Base of the configs.

    Raises SparError, naming field and value, if a value is outside its declared choices or limits. The default itself may be
    outside: 0 or "" for a value that is not given.
    """

    def __post_init__(self) -> None:
        for field in dataclasses.fields(self):
            declared, value = setting_of(field), getattr(self, field.name)
            if value == field.default:
                continue
            if declared.choices:
                for word in value if isinstance(value, tuple) else (value,):
                    if word is not None and word not in declared.choices:
                        raise SparError(f"{field.name} = {word!r} is not known.{nearest(str(word), declared.choices)}")
            if isinstance(value, int | float) and not isinstance(value, bool) and not _within(declared, value):
                raise SparError(f"{field.name} = {value}: {_range(declared)} is expected")


def _within(declared: Setting, value: float) -> bool:
    """Whether a number keeps its limits; NaN and infinity do not keep any."""
    limits = (declared.at_least, declared.at_most, declared.above)
    return limits == (None, None, None) or (
        math.isfinite(value)
        and (declared.at_least is None or value >= declared.at_least)
        and (declared.at_most is None or value <= declared.at_most)
        and (declared.above is None or value > declared.above)
    )


def _range(declared: Setting) -> str:
    if declared.above is not None:
        return f"a number above {declared.above:g}" + (
            f" and at most {declared.at_most:g}" if declared.at_most is not None else ""
        )
    if declared.at_most is None:
        return f"a number of at least {declared.at_least:g}"
    if declared.at_least is None:
        return f"a number of at most {declared.at_most:g}"
    return f"a number from {declared.at_least:g} to {declared.at_most:g}"


def read_toml(path: Path) -> dict[str, Any]:
    """The content of a TOML file. Raises SparError."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SparError(f"{path}: not readable as TOML: {error}") from None


def configure(kind: type[T], overrides: Sequence[str]) -> T:
    """Builds a config from its defaults and `key=value` overrides. Raises SparError as `structure` does."""
    data: dict[str, object] = {}
    for text in overrides:
        override(data, text)
    return structure(kind, data, "--set")


def override(data: dict[str, object], text: str) -> None:
    """Sets one value in nested dictionaries.

    text: `key=value` or `section.key=value`; the value is TOML or a bare word. Dashes in a key stand for underscores.
    Raises SparError.
    """
    key, equals, value_text = text.partition("=")
    if not equals or not key:
        raise SparError(f"--set {text}: key=value is expected, e.g. self_bleu.threshold=0.5")
    try:
        value = tomllib.loads(f"value = {value_text}")["value"]
    except tomllib.TOMLDecodeError:
        value = value_text
    *sections, last = key.replace("-", "_").split(".")
    target = data
    for section in sections:
        inner = target.setdefault(section, {})
        if not isinstance(inner, dict):
            raise SparError(f"--set {text}: '{section}' is a value, not a section")
        target = inner
    target[last] = value


def structure(kind: type[T], data: dict[str, object], where: str, prefix: str = "") -> T:
    """Builds a config from plain values, nested configs included.

    where: the file or option that the values come from, for error messages. prefix: the section, e.g. "length.".
    Raises SparError naming the key, with the nearest known key or the expected type.
    """
    hints = typing.get_type_hints(kind)
    values = {}
    for key, value in data.items():
        if key not in hints:
            raise SparError(f"{where}: unknown key '{prefix}{key}'.{nearest(key, hints)}")
        values[key] = _value(hints[key], value, where, prefix + key)
    for field in dataclasses.fields(typing.cast("type[DataclassInstance]", kind)):
        optional = field.default is not dataclasses.MISSING or field.default_factory is not dataclasses.MISSING
        if field.name not in values and not optional:
            raise SparError(f"{where}: '{prefix}{field.name}' is missing")
    try:
        return kind(**values)
    except SparError as error:
        raise SparError(f"{where}: {prefix}{error}") from None


def _value(hint: Any, value: object, where: str, key: str) -> object:
    if dataclasses.is_dataclass(hint):
        if not isinstance(value, dict):
            raise SparError(f"{where}: '{key}' = {value!r}: a section [{key}] is expected")
        return structure(typing.cast(type, hint), value, where, f"{key}.")
    if typing.get_origin(hint) is tuple:
        items = [value] if isinstance(value, str) else value
        if not isinstance(items, list | tuple) or not all(isinstance(item, str) for item in items):
            raise SparError(f"{where}: '{key}' = {value!r}: a list of strings is expected")
        return tuple(items)
    accepted = tuple(kind for kind in typing.get_args(hint) or (hint,) if not getattr(kind, "_is_protocol", False))
    if float in accepted and type(value) is int:
        value = float(value)
    if Path in accepted and isinstance(value, str):
        value = Path(value)
    if not isinstance(value, accepted) or (isinstance(value, bool) and bool not in accepted):
        names = " or ".join("nothing" if kind is type(None) else kind.__name__ for kind in accepted)
        raise SparError(f"{where}: '{key}' = {value!r}: {names} is expected, got {type(value).__name__}")
    return value


def arguments(config: DataclassInstance, base: DataclassInstance | None = None) -> list[str]:
    """The command-line options that build this config, nested configs included. Default values are left out.

    base: a config whose values are the defaults, instead of those of the class.
    """
    words: list[str] = []
    for field in dataclasses.fields(config):
        value, flag = getattr(config, field.name), flag_of(field)
        default = getattr(base, field.name) if base else field.default
        if dataclasses.is_dataclass(value) and not isinstance(value, type):
            words += arguments(value)
        elif not flag or value is None or value == default:
            continue
        elif isinstance(value, bool):
            words += [flag] if value else []
        else:
            for item in value if isinstance(value, tuple) else (value,):
                words += [flag, str(item)]
    return words
