"""How fresh prompts ask for each of IFEval's instructions: clauses in our own words, to go behind a request.

{name} is a parameter; numbers as they are, texts in quotes, lists joined. A clause is an imperative in lower case.
"""

from __future__ import annotations

CLAUSES: dict[str, tuple[str, ...]] = {
    "change_case:capital_word_frequency": (
        "write words in all capital letters {capital_relation} {capital_frequency} times",
        "let words that are all capitals appear {capital_relation} {capital_frequency} times",
    ),
    "change_case:english_capital": (
        "answer in English and in capital letters only",
        "keep to English, with every letter a capital",
    ),
    "change_case:english_lowercase": (
        "answer in English and in lowercase letters only, without a single capital",
        "keep to English and use no capital letters at all",
    ),
    "combination:two_responses": (
        "give two different responses, and separate them with six asterisks (******) and nothing else",
        "answer twice, in two different ways, with ****** (six asterisks) between the two responses",
    ),
    "detectable_content:number_placeholders": (
        "leave at least {num_placeholders} placeholders in square brackets, such as [name]",
        "put in {num_placeholders} or more placeholders to fill in, written in square brackets like [date]",
    ),
    "detectable_content:postscript": (
        "add a postscript at the end that starts with {postscript_marker}",
        "close with a postscript that begins with {postscript_marker}",
    ),
    "detectable_format:constrained_response": (
        'reply with one of these and nothing else: "My answer is yes.", "My answer is no.", "My answer is maybe."',
    ),
    "detectable_format:json_format": (
        "wrap the whole output in JSON; Markdown ticks such as ``` are fine",
        "return nothing but JSON, in a code block if you like",
    ),
    "detectable_format:multiple_sections": (
        "divide the answer into {num_sections} sections, each of which begins with {section_spliter} and its number",
        "structure it as {num_sections} sections that are headed {section_spliter} 1 and so on",
    ),
    "detectable_format:number_bullet_lists": (
        "include exactly {num_bullets} bullet points in Markdown, like: * this one",
        "use exactly {num_bullets} Markdown bullet points (lines that start with *)",
    ),
    "detectable_format:number_highlighted_sections": (
        "highlight at least {num_highlights} passages with Markdown, as in *this passage*",
        "set {num_highlights} or more parts of it off like *this* with asterisks",
    ),
    "detectable_format:title": (
        "give it a title in double angle brackets, as in <<a fine title>>",
        "include a title that is wrapped like <<this>>",
    ),
    "keywords:existence": (
        "use the words {keywords}",
        "work in the keywords {keywords}",
    ),
    "keywords:forbidden_words": (
        "do without the words {forbidden_words:or}",
        "avoid the words {forbidden_words:or} altogether",
    ),
    "keywords:frequency": (
        "let the word {keyword} appear {relation} {frequency} times",
        "mention {keyword} {relation} {frequency} times",
    ),
    "keywords:letter_frequency": (
        "let the letter {letter} appear {let_relation} {let_frequency} times",
        "see to it that the letter {letter} occurs {let_relation} {let_frequency} times",
    ),
    "language:response_language": (
        "write the whole response in {language_name} and in no other language",
        "answer entirely in {language_name}",
    ),
    "length_constraints:nth_paragraph_first_word": (
        "write exactly {num_paragraphs} paragraphs with two line breaks between them, and let paragraph {nth_paragraph} "
        "begin with the word {first_word}",
    ),
    "length_constraints:number_paragraphs": (
        "write exactly {num_paragraphs} paragraphs, divided by the Markdown divider ***",
        "make it {num_paragraphs} paragraphs with *** between each two of them",
    ),
    "length_constraints:number_sentences": (
        "use {relation} {num_sentences} sentences",
        "keep it to {relation} {num_sentences} sentences",
    ),
    "length_constraints:number_words": (
        "use {relation} {num_words} words",
        "write {relation} {num_words} words",
    ),
    "punctuation:no_comma": (
        "do not use any commas",
        "avoid commas throughout",
    ),
    "startend:end_checker": (
        "finish with exactly this phrase and no words after it: {end_phrase}",
        "let the very last words be {end_phrase}",
    ),
    "startend:quotation": (
        "wrap the entire response in double quotation marks",
        "put double quotation marks around the whole of it",
    ),
}

REPEAT = (
    "First repeat the request above word for word, without any change, and then answer it. Write nothing before the "
    "repeated request, and do not repeat this paragraph."
)

ENDINGS = (
    "Is there anything you would like to add?",
    "That is all there is to say.",
    "Let me know how it goes.",
    "What would you have done?",
    "Take it or leave it.",
    "The rest is up to you.",
)
