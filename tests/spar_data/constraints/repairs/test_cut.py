from __future__ import annotations

from spar_data.constraints.repairs.cut import shorten

TEXT = "One two three. Four five six seven. Eight nine. Ten eleven twelve."


def _words(text: str) -> int:
    return len(text.split())


def test_whole_sentences_are_left_out_first() -> None:
    drafts = list(shorten(TEXT, _words, 9))
    assert drafts[0] == "One two three. Four five six seven. Eight nine."
    assert all(_words(draft) <= 9 for draft in drafts)


def test_a_single_sentence_is_cut_at_a_word_and_keeps_its_mark() -> None:
    assert next(shorten("One two three, four five six!", _words, 3)) == "One two three!"


def test_every_draft_fits_the_limit() -> None:
    for limit in range(1, 12):
        assert all(_words(draft) <= limit for draft in shorten(f"- {TEXT}\n- {TEXT}", _words, limit)), limit
