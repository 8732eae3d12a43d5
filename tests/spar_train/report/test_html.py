"""Tables and figures of a page."""

from __future__ import annotations

from spar_train.report.html import figure, table


def test_all_text_is_escaped() -> None:
    markup = table(["<a>", "b&c"], [["<i>", "1 < 2"]])
    assert "<th>&lt;a&gt;</th>" in markup and '<th class="num">b&amp;c</th>' in markup
    assert '<tr><th>&lt;i&gt;</th><td class="num">1 &lt; 2</td></tr>' in markup
    assert figure("<b>", "<svg/>") == "<figure><figcaption>&lt;b&gt;</figcaption><svg/></figure>"


def test_columns_of_text_are_no_numbers() -> None:
    assert "num" not in table(["", "value"], [["name", "text"]], numbers=False)
