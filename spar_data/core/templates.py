"""Texts and pages from Jinja templates, which stand in a package's folder of assets."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from html import escape
from typing import TYPE_CHECKING

from spar_data.core.assets import asset_folders

if TYPE_CHECKING:
    import jinja2


def render(name: str, package: str = "spar_data", /, **values: object) -> str:
    """Renders a template of a package, e.g. `render("cards/study.md.jinja", config=config, tasks=tasks)`.

    In a .html template every value is escaped, unless it is marked `safe`. Filters besides Jinja's own: `number` (1234 as
    1,234, or by a format such as ".1%"), `counts` (a mapping as "a: 1, b: 2"), `json`, and `cell` of a Markdown table.
    Raises jinja2.UndefinedError for a name without a value.
    """
    return _environment(package).get_template(name).render(values)


def render_lines(name: str, package: str = "spar_data", /, **values: object) -> list[str]:
    """The lines of a rendered template, which ends with a line end."""
    return render(name, package, **values).split("\n")[:-1]


@cache
def _environment(package: str) -> jinja2.Environment:
    import jinja2

    @jinja2.pass_eval_context
    def escape_value(context: jinja2.nodes.EvalContext, value: object) -> object:
        """Escapes as `html.escape` does; Jinja would write other names for quotes."""
        if not context.autoescape or hasattr(value, "__html__"):
            return value
        return jinja2.utils.markupsafe.Markup(escape(str(value)))

    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(asset_folders(package)),
        autoescape=jinja2.select_autoescape(["html"], default=False),
        undefined=jinja2.StrictUndefined,
        finalize=escape_value,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {"number": number, "counts": counts, "json": json.dumps, "cell": cell}
    return environment


def number(value: float, form: str = ",") -> str:
    return format(value, form)


def counts(numbers: Mapping[object, int]) -> str:
    return ", ".join(f"{name}: {count:,}" for name, count in numbers.items())


def cell(text: object) -> str:
    """Text that cannot break out of a Markdown table."""
    return " ".join(str(text).split()).replace("|", "\\|")
