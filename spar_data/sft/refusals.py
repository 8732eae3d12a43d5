"""Detects refusals by their beginnings, in English, German, Spanish, French and Chinese. The word list is our own.

A refusal says at once that the writer cannot or will not do what was asked, with or without an apology before it, and is
short. Stories that begin with "I cannot help but smile" and letters that begin with "I am sorry to hear" are no refusals.
"""

from __future__ import annotations

import re

_LONGEST = 1500  # characters; a longer text does something else as well
_OPENING = 400  # characters in which the refusal must begin

_EN_SORRY = (
    r"(?:(?:i'?m|i am|we'?re|we are) (?:\w+ )?(?:sorry|afraid)|sorry|(?:my |our )?(?:sincere )?apologies"
    r"|(?:i|we) (?:\w+ )?(?:apologi[sz]e|regret)|unfortunately|regrettably|thank you for \w+|thanks for \w+)"
)
_EN_DO = (
    r"(?:help(?= you\b| with\b|[.,;!:]|$)|assist|comply|provide|fulfill?|do (?:that|this|so)\b|create|generate|produce"
    r"|write (?:a|an|the|that|this|such|about|any|content)\b|answer|respond|discuss|engage in|support|complete|participate"
    r"|share (?:that|this|any|information)|offer|give (?:you )?(?:advice|instructions|information|medical|legal)|process"
    r"|continue with (?:this|that)|accommodate|satisfy|take part)"
)
_EN_CANNOT = (
    r"(?:i|we) ?(?:can'?t|cannot|can not|could not|couldn't|won't|will not|would not|wouldn't"
    r"|(?:am|are|'m|'re) (?:\w+ )?(?:not able to|unable to|not going to|not allowed to|not permitted to|not comfortable)"
    r"|must (?:respectfully )?(?:decline|refuse) to|(?:have|need) to (?:respectfully )?decline to|won't be able to"
    r"|will not be able to)"
)
_PATTERNS = (
    # English
    rf"(?:{_EN_SORRY}[^.!?\n]{{0,80}}?[,.;:!\-–—]? (?:but )?)?(?:as an? (?:ai|artificial|language|assistant)[^,.]{{0,60}}, )?"
    rf"{_EN_CANNOT} (?:\w+ )?(?:be able to )?{_EN_DO}",
    rf"(?:{_EN_SORRY}[^.!?\n]{{0,80}}?[,.;:!\-–—]? (?:but )?)?(?:i|we) (?:must|have to|need to) (?:\w+ )?(?:decline|refuse)\b",
    rf"(?:{_EN_SORRY}[^.!?\n]{{0,40}}?[,.;:!\-–—]? (?:but )?)?(?:that|this)(?:'s| is) (?:not )?something (?:that )?i (?:can't|cannot"
    r"|can(?= (?:help|assist|do))|won't|am not able)",
    r"(?:this|that|your) (?:request|prompt|question) (?:violates|goes against|is against|conflicts with)\b",
    # German
    r"(?:(?:es )?tut mir (?:sehr )?leid|entschuldig\w*|leider|bedaure|ich bedauere?)?[^.!?\n]{0,40}?"
    r"\b(?:kann|darf|werde|möchte) (?:ich )?(?:(?:dir|ihnen|euch|dabei|damit|dazu|das|dies\w*|deine\w*|ihre\w*|leider|bei|keine?n?)\b ?)"
    r"[^.!?\n]{0,60}?\b(?:helfen|weiterhelfen|unterstützen|behilflich|erfüllen|nachkommen|beantworten|erstellen|bereitstellen"
    r"|liefern|ausführen)\b",
    # Spanish
    r"(?:(?:lo siento|lo lamento|lamento|lamentablemente|desafortunadamente|disculp\w+|perdón)[^.!?\n]{0,60}?[,.;:]? (?:pero )?)?"
    r"(?:como (?:una? )?(?:ia|modelo|asistente|inteligencia)[^,.]{0,60}, )?(?:yo )?no (?:puedo|podemos|podré|me es posible"
    r"|estoy en condiciones de|me está permitido) (?:ayudar|asistir|cumplir|proporcionar|responder|crear|generar|hacer eso"
    r"|realizar|ofrecer|compartir|atender|escribir (?:un|una|sobre|ese|este|eso|contenido))",
    # French
    r"(?:(?:je suis (?:vraiment |sincèrement )?(?:désolée?|navrée?)|désolée?|malheureusement|je regrette|excusez-moi|navrée?)"
    r"[^.!?\n]{0,60}?[,.;:]? (?:mais )?)?(?:en tant qu[^,.]{0,60}, )?je ne (?:peux|puis|pourrai|suis) (?:malheureusement )?(?:pas )?"
    r"(?:en mesure de |autorisée? à )?(?:vous |t'|te |y )?(?:aider|répondre|fournir|créer|générer|satisfaire|assister"
    r"|accéder|donner suite|rédiger|écrire (?:un|une|sur|ce|cet))",
    # Chinese
    r"(?:(?:非常|很|十分)?(?:抱歉|遗憾|遺憾)|对不起|對不起|不好意思)?[，,。！!、 ]*(?:但是?)?[，, ]*(?:作为|作為)?[^，。,.]{0,20}?[，, ]*"
    r"(?:我|本助手)?(?:无法|無法|不能|没办法|没有办法|不便|不可以|拒绝|拒絕)(?:够|夠)?(?:为您|为你|為您|為你|向您|向你|帮助|幫助|帮您|帮你|提供"
    r"|回答|满足|滿足|完成|协助|協助|生成|创作|创建|撰写|处理|继续|讨论|执行|响应)",
)
_REFUSAL = re.compile("|".join(f"(?:{pattern})" for pattern in _PATTERNS))


def is_refusal(text: str) -> bool:
    """Tells whether a response refuses instead of responding."""
    text = text.strip()
    if not text or len(text) > _LONGEST:
        return False
    opening = " ".join(text[:_OPENING].replace("’", "'").replace("‘", "'").split()).lower().lstrip("\"'“”*_#>- ")
    return bool(_REFUSAL.match(opening))
