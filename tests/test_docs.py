"""The documentation: the tour prints what its page shows, every public name is listed, and every link leads somewhere."""

from __future__ import annotations

import importlib
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGES = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    ROOT / "CHANGELOG.md",
    ROOT / "SECURITY.md",
    *(ROOT / "docs").glob("*.md"),
]


def test_the_tour_prints_what_its_page_shows() -> None:
    page = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
    script = (ROOT / "examples" / "tour.py").read_text(encoding="utf-8")
    code, output = re.findall(r"```(?:python)?\n(.*?)```", page, flags=re.DOTALL)[:2]
    assert script.endswith(code)
    done = subprocess.run([sys.executable, "examples/tour.py"], cwd=ROOT, capture_output=True, text=True, check=True)
    versions = r"(nltk|langdetect|spar-suite-?) ?[\d.]+"
    assert re.sub(versions, r"\1", done.stdout) == re.sub(versions, r"\1", output)


@pytest.mark.parametrize("package", ["spar_data", "spar_eval", "spar_train"])
def test_every_public_name_is_listed(package: str) -> None:
    page = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
    words = set(re.findall(r"\w+", " ".join(re.findall(r"`([^`]+)`", re.sub(r"```.*?```", "", page, flags=re.DOTALL)))))
    assert set(importlib.import_module(package).__all__) <= words


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    """Links between files of the repository exist, and so does every page that the index should name."""
    targets = re.findall(r"\]\(([^)#]+)", page.read_text(encoding="utf-8"))
    missing = [t for t in targets if "://" not in t and not (page.parent / t).exists()]
    assert not missing


def test_the_index_lists_every_page() -> None:
    index = (ROOT / "docs" / "README.md").read_text(encoding="utf-8")
    assert [
        page.name
        for page in PAGES
        if page.parent.name == "docs" and page.name not in index and page.name != "README.md"
    ] == []
