"""Options that several commands share, and options made from configs."""

from __future__ import annotations

import dataclasses
import functools
import typing
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from spar_data.core.config import Setting, flag_of, kind_of, setting_of
from spar_data.models.spending.limits import Limits

FILE = click.Path(path_type=Path)

Command = Callable[..., None]
Decorator = Callable[[Command], Command]

store_option: Decorator = click.option(
    "--store",
    "store_file",
    type=FILE,
    default=Path("runs") / "completions.sqlite",
    show_default=True,
    help="SQLite file that keeps every answer.",
)
json_option: Decorator = click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")


def limit_option(rows: str) -> Decorator:
    """The option --limit. rows: the noun for `--help`, in the plural."""
    return click.option(
        "--limit", type=click.IntRange(min=1), default=None, metavar="N", help=f"Only the first N {rows}."
    )


def dry_run_option(by: str = "") -> Decorator:
    """The option --dry-run. by: the unit that the estimate is split by, e.g. " of each phase"."""
    return click.option("--dry-run", is_flag=True, help=f"Print calls, tokens and money{by}; make no call.")


def asking_options(rows: str = "", by: str = "") -> Decorator:
    """The options of commands that ask a model: --limit, --store, those of Limits, --dry-run and --json.

    rows: the noun of --limit, "" for a command without it. by: see `dry_run_option`.
    """

    def add(command: Command) -> Command:
        for option in (json_option, dry_run_option(by), limit_options, store_option):
            command = option(command)
        return limit_option(rows)(command) if rows else command

    return add


def recipe_options(teacher: bool = False) -> Decorator:
    """Options that choose and change a recipe. The command gets two arguments: `recipe`, a Recipe, and `runs`."""
    options: list[Decorator] = [
        click.option(
            "--recipe", default="mini", show_default=True, help="A shipped recipe or the path of a .toml file."
        ),
        click.option(
            "--set", "overrides", multiple=True, metavar="KEY=VALUE", help="Set a key, e.g. self_bleu.threshold=0.7."
        ),
        click.option(
            "--source", "sources", multiple=True, metavar="PATH", help="Read these files or folders, not the recipe's."
        ),
        limit_option("source rows"),
        click.option("--runs", type=FILE, default=Path("runs"), show_default=True, help="Where run folders are kept."),
    ]
    if teacher:
        text = "rules, or a model: `spar-data models` lists the kinds."
        options.append(click.option("--teacher", default="", metavar="SPEC", help=text))

    def add(command: Command) -> Command:
        @functools.wraps(command)
        def run(**values: Any) -> None:
            from spar_data.prompts.recipe import load_recipe

            name, overrides, sources, limit = (values.pop(key) for key in ("recipe", "overrides", "sources", "limit"))
            recipe = load_recipe(name, overrides, sources, limit or 0, values.pop("teacher", ""))
            command(recipe=recipe, **values)

        wrapped: Command = run
        for option in reversed(options):
            wrapped = option(wrapped)
        return wrapped

    return add


def config_options(
    kind: type,
    parameter: str,
    without: tuple[str, ...] = (),
    defaults: Any = None,
    partial: bool = False,
    optional: bool = False,
) -> Decorator:
    """Adds one option for each field of a config, in the order of the fields.

    The command gets the config as one argument, `parameter`. without: fields that get no option and keep their default.
    defaults: a config whose values replace those of the class. partial: the command gets a dictionary of the values that
    were given on the command line instead, e.g. because another option decides the defaults. optional: fields without a
    default may be left out.
    """
    fields = [f for f in dataclasses.fields(kind) if f.name not in without and flag_of(f)]
    hints = typing.get_type_hints(kind)

    def add(command: Command) -> Command:
        @functools.wraps(command)
        def run(*args: Any, **values: Any) -> None:
            options = {field.name: values.pop(field.name) for field in fields}
            changes = {name: value for name, value in options.items() if value not in (None, ())}
            if partial:
                values[parameter] = changes
            else:
                values[parameter] = dataclasses.replace(defaults, **changes) if defaults else kind(**changes)
            command(*args, **values)

        wrapped: Command = run
        for field in reversed(fields):
            default = getattr(defaults, field.name) if defaults else field.default
            wrapped = _option(field, hints[field.name], default, optional)(wrapped)
        return wrapped

    return add


def _option(field: dataclasses.Field[Any], hint: object, default: object, optional: bool) -> Decorator:
    declared, kind, flag = setting_of(field), kind_of(hint), flag_of(field)
    required = default is dataclasses.MISSING
    text = declared.help
    if not required and (default_text := _default_text(declared, default)):
        text = f"{text}  [default: {default_text}]".strip()
    if kind is bool:
        return click.option(flag, field.name, is_flag=True, default=None, help=text)
    multiple = typing.get_origin(kind) is tuple
    return click.option(
        flag, field.name, type=_click_type(declared, kind), multiple=multiple, metavar=declared.metavar or None, help=text,
        **({"required": True} if required and not optional else {"default": None}),
    )  # fmt: skip


def _click_type(declared: Setting, kind: object) -> click.ParamType | type:
    if declared.choices:
        return click.Choice(declared.choices)
    if kind in (int, float):
        if declared.at_least is declared.at_most is declared.above is None:
            return kind
        lowest, strict = (declared.at_least, False) if declared.above is None else (declared.above, True)
        number = click.IntRange if kind is int else click.FloatRange
        return number(lowest, declared.at_most, min_open=strict)  # type: ignore[arg-type]  # limits are floats
    return FILE if kind is Path else str


def _default_text(declared: Setting, default: object) -> str:
    if declared.shown is not None:
        return declared.shown
    if isinstance(default, bool) or default in (None, "", ()):
        return ""
    return f"{default:g}".replace("e-0", "e-") if isinstance(default, float) else str(default)


def settings_help(kind: type, prefix: str = "") -> list[tuple[str, str]]:
    """Pairs (prefix.key=default, help) of the fields of a config, for help texts."""
    return [
        (f"{prefix}{f.name}={setting_of(f).shown or _toml(f.default)}", setting_of(f).help)
        for f in dataclasses.fields(kind)
    ]


def _toml(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


limit_options = config_options(Limits, "limits")
