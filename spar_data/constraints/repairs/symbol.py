"""Adds and removes titles, emojis, placeholders and symbols."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator

from spar_data.constraints.checkers.symbol import EMOJIS
from spar_data.constraints.checkers.symbol import placeholders as placeholders_checked
from spar_data.constraints.repairs.edit import excess, insert, spans, splice, spread
from spar_data.constraints.repairs.phrases import like, phrases_for
from spar_data.constraints.text.words import fold, words

_EMOJIS = ("✨", "🙂", "👍", "🌟", "💡", "🎉", "🌱", "🚀", "📌", "🔍")
_LONGEST_TITLE = 80


def title(response: str) -> Iterator[str]:
    """Makes the title of a heading or bold line at the top, otherwise of the first words."""
    body, phrases = response.rstrip("\n").lstrip(), phrases_for(response)
    line, _, rest = body.partition("\n")
    bare = line.strip('#*_ \t"“”').replace("<<", "").replace(">>", "").strip()
    is_heading = line.startswith(("#", "**", "<<", '"<<')) or (rest[:1] == "\n" and line[-1:].isalnum())
    if is_heading and 0 < len(bare) <= _LONGEST_TITLE:
        yield f"<<{bare}>>\n{rest}"
    if bracketed := re.search(r"^.{0,200}?(<<[^<>\n]+>>)[^\n]*\n?", body, re.MULTILINE):  # further down: moved up
        yield f"{bracketed[1]}\n\n{body.replace(bracketed[1], '', 1).strip()}"
    head = next((body[span.start : span.end] for span in spans(body)), "")
    clause = re.split(r"[:;.!?—–(),：；。！？，、（]", head.split("\n", 1)[0])[0]
    title_words = words(clause)[: 8 if phrases.language == "zh" else 5]
    while len(title_words) > 3 and title_words[-1].lower() in phrases.function:
        title_words.pop()
    name = phrases.space.join(title_words) if len(title_words) > 1 else ""
    names = [phrases.title, name] if not 3 < len(name) <= _LONGEST_TITLE else [name, phrases.title]
    for heading in names:
        yield f"<<{like(response, heading)}>>\n\n{body}"
        yield f"<<{like(response, heading)}>>\n{body}"


def emojis(response: str, *, relation: str, n: int) -> Iterator[str]:
    """Adds emojis behind sentences; removes surplus ones with the space before them."""
    surplus, lacking = excess(list(EMOJIS.finditer(response)), relation, n)
    for chosen in surplus:
        text = response
        for match in reversed(chosen):
            head, tail = text[: match.start()], text[match.end() :]
            tight = head.endswith(" ") and (not tail or tail[0] in " \n.,!?")
            text = (head[:-1] if tight else head) + tail
        yield text
    if lacking:
        first = sum(map(ord, response[:50])) % len(_EMOJIS)
        signs = [_EMOJIS[(first + i) % len(_EMOJIS)] for i in range(lacking)]
        ends = [span.end for span in spans(response)]
        for pool in filter(None, (ends, ends[:-1])):
            places = zip(spread(pool, lacking), signs, strict=True)
            yield splice(response, ((end, end, f" {sign}") for end, sign in places))
        together = " ".join(signs)
        yield f"{response.rstrip()} {together}"
        yield f"{response.rstrip()}\n\n{together}"
        yield f"{together} {response.lstrip()}"
        line = response.rstrip().rfind("\n")
        if line > 0:
            yield f"{response[:line]} {together}{response[line:]}"


def placeholders(response: str, *, n: int) -> Iterator[str]:
    """Adds a sentence that asks to fill in the missing placeholders."""
    phrases, folded = phrases_for(response), fold(response)
    fresh = [blank for blank in phrases.blank if fold(blank) not in folded]
    fresh += [f"[{phrases.blank[0][1:-1]} {i}]" for i in range(2, max(n - len(fresh), 0) + 2)]
    for size in range(1, n + 1):
        if placeholders_checked(response + " " + " ".join(fresh[:size]), n=n).passed:
            for form in phrases.placeholder:
                yield from insert(response, form.replace("{word}", phrases.joined(fresh[:size])), phrases)
            return


def custom(response: str, *, symbol: str, relation: str, n: int) -> Iterator[str]:
    """Adds a rule ('***') between paragraphs, any other symbol before paragraphs, items or sentences."""
    surplus, lacking = excess([m.start() for m in re.finditer(re.escape(symbol), response)], relation, n)
    for chosen in surplus:
        text = response
        for at in reversed(chosen):
            end = at + len(symbol)
            end += text[end : end + 1] == " " and (at == 0 or text[at - 1] in " \n")
            text = text[:at] + text[end:]
        yield text
    if lacking:
        rule = len(symbol) > 1 and len(set(symbol)) == 1 and symbol[0] in "*-_=~#"
        yield from _rules(response, symbol, lacking) if rule else _marks(response, symbol, lacking)


def _rules(response: str, symbol: str, lacking: int) -> Iterator[str]:
    body = response.strip()
    gaps = [m.span() for m in re.finditer(r"\n[ \t]*(?:\n[ \t]*)+", body)]
    chosen = [spread(gaps, lacking)] if len(gaps) >= lacking else []
    breaks = [(one.end, two.start) for one, two in itertools.pairwise(spans(body))]
    breaks = [(one, two) for one, two in breaks if not body[one:two].strip()]
    for pool in (breaks, breaks[1:-1]):
        if len(pool) >= lacking:
            chosen.append([pool[(i + 1) * len(pool) // (lacking + 1)] for i in range(lacking)])
    for places in chosen:
        yield splice(body, ((start, end, f"\n\n{symbol}\n\n") for start, end in places))
    extra = [sentence for sentence in phrases_for(body).fill if sentence not in body][:lacking]
    yield body + "".join(f"\n\n{symbol}\n\n{sentence}" for sentence in extra)
    yield f"{body}\n\n" + "\n\n".join([symbol] * lacking)


def _marks(response: str, symbol: str, lacking: int) -> Iterator[str]:
    sentences = [span for span in spans(response) if not response.startswith(symbol, span.start)]
    starts = [span.start for span in sentences]
    heads = [at for at in starts if not response[response.rfind("\n", 0, at) + 1 : at].strip()]
    for pool in (heads, starts, starts[1:], starts[:-1]):
        if len(pool) >= lacking:
            yield splice(response, ((at, at, f"{symbol} ") for at in spread(pool, lacking)))
    if len(sentences) >= lacking:
        yield splice(response, ((span.end, span.end, f" {symbol}") for span in sentences[-lacking:]))
    phrases = phrases_for(response)
    extra = [sentence for sentence in phrases.fill if sentence not in response][:lacking]
    yield from insert(response, " ".join(f"{symbol} {sentence}" for sentence in extra), phrases)
    yield f"{' '.join([symbol] * lacking)} {response.lstrip()}"
    yield f"{response.rstrip()} {' '.join([symbol] * lacking)}"
