"""For each type of IFBench responses that pass and responses that fail, each with a note that says what would break.

Every verdict here is the official code's (allenai/IFBench, commit db69a6f), which was run on all of them.
"""

from __future__ import annotations

from typing import NamedTuple


class Case(NamedTuple):
    """kwargs as in the data; passes, fails: responses by note."""

    name: str
    kwargs: dict[str, object]
    passes: dict[str, str]
    fails: dict[str, str]


_FIVE = {"keyword1": "oak", "keyword2": "door", "keyword3": "rain", "keyword4": "salt", "keyword5": "wolf"}
_FIVE_TEXT = " ".join(["oak"] + ["door"] * 2 + ["rain"] * 3 + ["salt"] * 5 + ["wolf"] * 7)
_QUESTION = "\nA) one\nB) two\nC) three\nD) four\nE) five\n"
_MCQ = "".join(f"Question {n}: Who painted it{' really' * n}?{_QUESTION}" for n in range(1, 5))
_PALINDROMES = "level radar civic kayak madam refer rotor stats tenet deified"
_COUNTRIES = (
    "Zimbabwe, Zambia, Uganda, Tunisia, Togo, Tanzania, Sudan, South Sudan, South Africa, Somalia, Sierra Leone, "
    "Seychelles, Senegal, São Tomé and Príncipe, Rwanda, Nigeria, Niger, Namibia, Mozambique, Morocco, Mauritius, "
    "Mauritania, Mali, Malawi, Madagascar, Libya, Liberia, Lesotho, Kenya, Ivory Coast, Guinea-Bissau, Guinea, Ghana, "
    "Gambia, Gabon, Ethiopia, Eswatini, Eritrea, Equatorial Guinea, Egypt, Djibouti, Democratic Republic of the Congo, "
    "Comoros, Chad, Central African Republic, Cape Verde, Cameroon, Burundi, Burkina Faso, Botswana, Benin, Angola, "
    "Algeria"
)
_AFRICA = _COUNTRIES.split(", ")
_CITIES = (
    "Reykjavík, Helsinki, Oslo, Tallinn, Stockholm, Riga, Moscow, Copenhagen, Vilnius, Minsk, Dublin, Berlin, Amsterdam, "
    "Warsaw, London, Brussels, Prague, Luxembourg, Paris, Vienna, Bratislava, Budapest, Vaduz, Chișinău, Bern, Ljubljana, "
    "Zagreb"
)
_ALPHABET = " ".join(f"{chr(97 + n).upper()}nd then it rained." for n in range(26))
_CITY_CSV = "ID,Country,City,Year,Count\n" + "\n".join(f"{n},Peru,Lima,199{n},{n * 7}" for n in range(1, 8))
_SHOP_CSV = (
    "ProductID,Category,Brand,Price,Stock\n"
    + "\n".join(f"{n},Tea,Kamo,4.50,{n}" for n in range(1, 14))
    + '\n14,Tea,"Kamo & Co.",4.50,9'
)
_SCHOOL_CSV = "\n".join(
    "\t".join(f'"{field}"' for field in row)
    for row in (
        ("StudentID", "Subject", "Grade", "Semester", "Score"),
        ("1", "Art", "A", "Fall", "91"),
        ("2", "Law", "B", "Fall", "84"),
        ("3", "Art", "C", "Spring", "70"),
    )
)
_SPAN = "How do tides work near the coast?"
_ASK = "Name three rivers of France."

CASES: tuple[Case, ...] = (
    Case(
        "count:word_count_range",
        {"min_words": 3.0, "max_words": 5.0},
        {"lower end": "one two three", "upper end": "one two three four five", "apostrophe splits": "don't go"},
        {
            "below": "one two",
            "above": "one two three four five six",
            "hyphen splits": "a-b-c-d-e-f",
            "marks only": "?!",
        },
    ),
    Case(
        "count:unique_word_count",
        {"N": 3.0},
        {"exactly": "red Green blue", "lone dash is a word": "red green -", "unicode quote differs": "red “red” blue"},
        {"case is ignored": "Red red RED green", "marks at the ends are ignored": 'red, "red" (red) green'},
    ),
    Case(
        "count:conjunctions",
        {"small_n": 3.0},
        {
            "exactly": "tea and milk or water but no rum",
            "case makes another": "And and AND",
            "a comma too": "so and so,",
        },
        {"two": "tea and milk or water", "repeated": "and and and", "inside a word": "android fortune butter"},
    ),
    Case(
        "count:person_names",
        {"N": 2.0},
        {"exactly": "Emma met Liam.", "possessive": "Emma's dog and Liam’s cat", "bold": "**Zoe** and _ Leo"},
        {"same twice": "Emma met Emma.", "lower case": "emma and liam", "longer name": "Emmanuel and Avalon, Noahs"},
    ),
    Case(
        "count:numbers",
        {"N": 2.0},
        {"exactly": "3 cats, 4 dogs", "comma and point join": "1,000.5 and 2", "other digits": "٣ and 4"},
        {"one": "3 cats", "three": "1 2 3", "range is one": "3-4", "words are none": "three and four"},
    ),
    Case(
        "count:pronouns",
        {"N": 3.0},
        {"exactly": "She told him that.", "slash": "she/her/hers", "contraction": "It's mine, they're late"},
        {"two": "She told him so.", "inside a word": "theme items hero", "one and here are none": "one here there"},
    ),
    Case(
        "count:punctuation",
        {},
        {
            "?! apart": "Really?! Yes, no; so: ok. Oh! Why?",
            "!? apart": "Really!? Yes, no; so: ok. Oh! Why?",
            "one sign": "Really‽ Yes, no; so: ok. Oh! Why?",
            "two interrobangs": "Really?! Yes, no; so: ok. Truly?!",
        },
        {
            "no other ? and !": "Really?! Yes, no; so: ok.",
            "no interrobang": "Yes, no; so: ok. Oh! Why?",
            "no ;": "?! , : . ! ?",
        },
    ),
    Case(
        "count:words_japanese",
        {"N": 3.0},
        {
            "every third": "one two 三 four five ろく",
            "too short": "one two",
            "number there": "one two 3!",
            "mark there": "a b -",
        },
        {"third is not": "one two three", "sixth is not": "one two 三 four five six", "Korean": "one two 셋"},
    ),
    Case(
        "count:keywords_multiple",
        dict(_FIVE),
        {"exactly": _FIVE_TEXT, "inside words and case": _FIVE_TEXT.replace("oak", "SOAKED")},
        {"one more inside a word": _FIVE_TEXT + " indoors", "one fewer": _FIVE_TEXT[:-5], "none": "tree"},
    ),
    Case(
        "ratio:stop_words",
        {"percentage": 50.0},
        {"exactly half": "the cat", "none": "cats purr"},
        {"above": "the cat and the dog", "don and t": "don't", "no word": "?!"},
    ),
    Case(
        "ratio:sentence_type",
        {},
        {
            "two to one": "It rains. It pours. Does it stop?",
            "none of both": "No end",
            "shouts do not matter": "Oh! Ah!",
        },
        {
            "one to one": "It rains. Does it?",
            "statement only": "It rains.",
            "quoted question": 'It rains. It pours. "Why?"',
        },
    ),
    Case(
        "ratio:sentence_balance",
        {},
        {"one of each": "It rains. Why? Stop!", "none of all": "No end"},
        {"no shout": "It rains. Why?", "one more": "It rains. Why? Stop! Now."},
    ),
    Case(
        "ratio:overlap",
        {"reference_text": "abcdefgh", "percentage": 50.0},
        {"half": "abcd12", "upper end": "abcdefgh012345"},
        {"all": "abcdefgh", "none": "zzzyyy", "two characters": "ab", "words do not help": "gh ef cd ab"},
    ),
    Case(
        "ratio:sentence_words",
        {},
        {"same length": "Tom ran. Ann sat. Bob hid.", "words may repeat": "Tom ran. Tom ran. Tom ran."},
        {"two": "Tom ran. Ann sat.", "one longer": "Tom ran. Anna sat. Bob hid.", "four": "A b. C d. E f. G h."},
    ),
    Case(
        "words:start_verb",
        {},
        {"imperative": "Consider the options.", "gerund": "Running is fun.", "question": "Is it late?"},
        {"article": "The cat sat.", "tagged as a noun": "Go home now.", "mark first": "“Run” was said."},
    ),
    Case(
        "words:repeats",
        {"small_n": 2.0},
        {"twice": "tea tea milk", "marks only": "?! ?! ?!"},
        {"thrice": "tea tea tea", "case and marks are ignored": "Tea, tea; TEA!"},
    ),
    Case(
        "words:odd_even_syllables",
        {},
        {
            "in turn": "big yellow cat running",
            "one word": "banana",
            "a number is even": "cat 12 dog",
            "marks only": "?!",
        },
        {"odd twice": "big cat", "even twice": "yellow running", "unknown word": "blorg zint"},
    ),
    Case(
        "words:last_first",
        {},
        {"chain": "I like tea. Tea is hot. Hot days end.", "one sentence": "I like tea."},
        {
            "broken": "I like tea. Milk is hot.",
            "curly quote": "I like “tea.” Tea is hot.",
            "marks only": "Tea. ?! Tea.",
        },
    ),
    Case(
        "words:paragraph_last_first",
        {},
        {
            "each": "Tea is good tea.\n\nMilk or milk!",
            "one word": "Tea",
            "rules are skipped": "tea tea\n---\nmilk milk",
        },
        {"second": "Tea is tea.\nMilk is good.", "comma at the first": "Tea, it is tea."},
    ),
    Case(
        "words:no_consecutive",
        {},
        {
            "all differ": "red green blue",
            "one word": "red",
            "marks are dropped": "tea - milk",
            "accents differ": "eau été",
        },
        {"same": "big blue car", "case is ignored": "Big blue", "quotes are dropped": "'tea' (tart)"},
    ),
    Case(
        "words:alphabet",
        {},
        {"from a": "a big cat", "from the middle, round": "yes Zoe ate bread", "marks": "ask: 'Bob' can."},
        {"skips": "a cat", "number first": "1 a b", "marks only": "?!", "accent": "a été"},
    ),
    Case(
        "words:vowel",
        {},
        {"three": "an old tin", "none": "hmm", "accents are none": "été à Nîmes ou"},
        {"four": "an old tin bed", "two lines": "an\nold", "capitals": "AN OLD TIN BED"},
    ),
    Case(
        "words:consonants",
        {},
        {"each": "black string thy", "in marks": "(black)"},
        {"one without": "black cat", "lone dash": "black - string", "accent": "ñé"},
    ),
    Case(
        "words:palindrome",
        {},
        {
            "ten": _PALINDROMES,
            "marks within": _PALINDROMES.replace(" ", ", "),
            "repeats": "level " * 10,
            "digits": "12321 " * 10,
        },
        {"nine": _PALINDROMES[:-8], "short ones": "noon " * 10},
    ),
    Case(
        "words:prime_lengths",
        {},
        {"two, three, five": "an old table", "marks are dropped": "it's-ok!", "marks only": "?!", "97": "a" * 97},
        {"four": "an old chair door", "one": "a", "101 is not listed": "a" * 101, "curly quote counts": "“cat”! “at”"},
    ),
    Case(
        "words:keywords_specific_position",
        {"keyword": "tea", "n": 2, "m": 3},
        {
            "there": "It rains. I like tea.",
            "marks are no words": "It rains. I, like: TEA!",
            "n't is a word": "It rains. Don't tea.",
        },
        {"one sentence": "I like tea.", "other word": "It rains. I like milk.", "too short": "It rains. Tea."},
    ),
    Case(
        "words:words_position",
        {"keyword": "tea"},
        {"both": "Hot tea is good tea indeed.", "no mark at the end": "Hot tea is tea indeed", "case": "Hot TEA now."},
        {
            "second only": "Hot tea is good.",
            "comma is a word": "Hot, tea is good tea indeed.",
            "two marks at the end": 'Hot tea is good tea indeed."',
            "one word": "tea",
            "word and mark": "tea.",
        },
    ),
    Case(
        "sentence:increment",
        {"small_n": 2.0},
        {"by two": "It rains. It rains very much.", "one sentence": "It rains."},
        {"by one": "It rains. It rains hard.", "same": "It rains. It pours.", "then less": "Go. It may rain. Go."},
    ),
    Case(
        "sentence:keyword",
        {"word": "tea", "N": 2.0},
        {"there": "It rains. I like tea.", "case and marks": "It rains. (TEA!) Ok.", "hyphen": "It rains. A tea-pot."},
        {
            "first only": "I like tea. It rains.",
            "inside a word": "It rains. I like steam.",
            "one sentence": "I like tea.",
        },
    ),
    Case(
        "sentence:alliteration_increment",
        {},
        {
            "more": "Cold rain. Big bears. Tall trees talk.",
            "one": "Cold rain.",
            "two runs": "Big bears. Big bears can cook.",
        },
        {"same": "Big bears. Tall trees.", "none twice": "Cold rain. Warm sun."},
    ),
    Case(
        "format:parentheses",
        {},
        {"five": "(a [b {c (d [e])})", "others left open": "((((((x)", "mixed": "f([{()({[(x)]})}])"},
        {"four": "(a [b {c (d)}])", "never closed": "(((((", "wrong close": "([{([)", "side by side": "()()()()()"},
    ),
    Case(
        "format:quotes",
        {},
        {"three": '"a \'b "c" d\' e"', "from single": "'a \"b 'c' d\" e'"},
        {
            "two": "\"a 'b' c\"",
            "not closed": '"a \'b "c',
            "curly": "“a ‘b “c” d’ e”",
            "apostrophes close": '"don\'t \'do\' it" "x"',
        },
    ),
    Case(
        "format:options",
        {"options": "yes/no/maybe"},
        {"bare": "yes", "case and marks": "**Maybe.**"},
        {"two": "yes/no", "explained": "Yes, because", "line break stays": "yes\n"},
    ),
    Case(
        "format:options",
        {"options": "I know or I don't know"},
        {"first": "I know", "second": "i don't know."},
        {"neither": "I knew", "curly": "I don’t know"},
    ),
    Case(
        "format:options",
        {"options": "a), b), c), d)"},
        {"exactly": "a)", "last": "d)"},
        {"letter only": "a", "case": "A)", "space": "a) "},
    ),
    Case(
        "format:newline",
        {},
        {"each": "tea\nmilk\n\nwater", "one": "tea", "marks vanish": "tea\n-\nmilk"},
        {"two on a line": "tea milk\nwater", "blank but a space": "tea\n \nmilk"},
    ),
    Case(
        "format:emoji",
        {},
        {
            "each": "It rains. 🌧 It stops. 🌞",
            "before the point": "It rains 🌧. It stops 🌞!",
            "heart of two": "I like tea ❤️",
        },
        {"second without": "It rains 🌧. It stops.", "text smile": "It rains :)", "marks only": "Oh 🌧. ..."},
    ),
    Case(
        "format:line_indent",
        {},
        {"stairs": "a\n b\n  c", "one line": "a", "a blank line": "a\n\n b", "blank at the end": "a\n b\n"},
        {"flat": "a\nb", "back": "a\n  b\n c", "two blank lines": "a\n\n\n b", "tabs": "a\n\tb"},
    ),
    Case(
        "format:quote_unquote",
        {},
        {
            "explained": 'He said "tea" and meant it.',
            "no quotes": "tea",
            "curly": "“tea”",
            "apart": '"tea" and "milk" too',
        },
        {"at the end": 'He said "tea".', "side by side": 'He said "tea" "milk" often', "digits behind": '"tea" 12.'},
    ),
    Case(
        "format:list",
        {"sep": "!?!?"},
        {"twice": "!?!? tea\n!?!? milk", "on a line": "!?!?!?!?"},
        {"once": "!?!? tea", "overlap": "!?!?!?", "other": "- tea\n- milk"},
    ),
    Case(
        "format:list",
        {"sep": "-"},
        {"bullets": "- tea\n- milk", "hyphens": "well-to-do"},
        {"stars": "* tea\n* milk"},
    ),
    Case(
        "format:thesis",
        {},
        {
            "i": "<i>Tea wins.</i> Here is why.",
            "em": "<em>Tea wins.</em> Here is why.",
            "empty em": "<em></em>",
            "late": "A <i>b</i> c",
        },
        {
            "nothing behind": "<i>Tea wins.</i>",
            "empty": "<i> </i> why",
            "open": "<i>Tea wins. Why",
            "stars": "*Tea* wins",
        },
    ),
    Case(
        "format:sub-bullets",
        {},
        {"each": "* tea\n  - green\n* milk\n  - oat", "no star": "tea", "hyphen in a word": "* oat-milk"},
        {"second without": "* tea\n  - green\n* milk", "bold": "**tea** - green"},
    ),
    Case(
        "format:no_bullets_bullets",
        {},
        {
            "both": "Tea is hot. Milk is not.\n* tea\n* milk",
            "no period": "Tea\nMilk\n* tea\n* milk",
            "bold": "A. B c.\n**x\n*y",
        },
        {
            "one sentence": "Tea is hot.\n* tea\n* milk",
            "one bullet": "Tea is hot. Milk is not.\n* tea",
            "text after": "Tea is hot. Milk is not.\n* tea\n* milk\nEnd.",
            "line break at the end": "Tea is hot. Milk is not.\n* tea\n* milk\n",
            "blank line, then text": "Tea is hot.\n\nMilk is not.\n* tea\n* milk",
        },
    ),
    Case(
        "format:title_case",
        {},
        {"each": "Tea Is Hot", "mixed case": "McDonald iPhone NASA", "digits": "3rd Tea 7", "CJK": "Tea 茶"},
        {"one": "Tea is Hot", "letter": "A b", "n't": "Don't Go", "all but the first": "tEA"},
    ),
    Case(
        "format:output_template",
        {},
        {
            "in order": "My Answer: a\nMy Conclusion: b\nFuture Outlook: c",
            "any": "Future Outlook: My Conclusion: My Answer:",
        },
        {"one missing": "My Answer: a\nMy Conclusion: b", "case": "my answer: a My Conclusion: b Future Outlook: c"},
    ),
    Case(
        "format:no_whitespace",
        {},
        {"none": "teaismilk", "joiner": "tea\u200bmilk"},
        {"space": "tea milk", "line end": "tea\n", "no-break space": "tea\u00a0milk", "unit separator": "tea\x1fmilk"},
    ),
    Case(
        "custom:multiples",
        {},
        {"commas": "14,21,28,35,42,49", "lines": "14\n21\n28\n35\n42\n49", "in words": "Here: 14 21 28 35 42 and 49!"},
        {
            "7 first": "7, 14, 21, 28, 35, 42, 49",
            "order": "21,14,28,35,42,49",
            "range told": "10 to 50: 14,21,28,35,42,49",
        },
    ),
    Case(
        "custom:mcq_count_length",
        {},
        {
            "four": _MCQ,
            "blank lines between": _MCQ.replace("Question", "\n\nQuestion").strip(),
            "no colon": _MCQ.replace(":", ""),
        },
        {
            "three": _MCQ[: _MCQ.index("Question 4")],
            "preface": "Sure! " + _MCQ,
            "same length": _MCQ.replace(" really", ""),
            "four options": _MCQ.replace("E) five\n", ""),
            "bold options": _MCQ.replace("A)", "**A)**"),
            "no numbers": "Question: a\nQuestion: b",
            "no question": "a",
        },
    ),
    Case(
        "custom:reverse_newline",
        {},
        {
            "all": "\n".join(_AFRICA),
            "numbered as a list": "\n".join(f"- {each}" for each in _AFRICA),
            "preface": "Countries:\n\n" + "\n".join(_AFRICA),
            "52": "\n".join(_AFRICA[:-1]),
            "52 of anything": "Zimbabwe\n" + "A\n" * 51,
        },
        {
            "51": "\n".join(_AFRICA[:-2]),
            "alphabetical": "\n".join(_AFRICA[::-1]),
            "text behind": "\n".join(_AFRICA) + "\nThat is all.",
            "no Zimbabwe": "\n".join(_AFRICA[1:]),
            "numbered": "\n".join(f"{n}. {each}" for n, each in enumerate(_AFRICA, 1)),
        },
    ),
    Case(
        "custom:word_reverse",
        {},
        {"reversed": "US the of symbol the is eagle bald The.", "only that": "Eagle, bald!"},
        {"in order": "The bald eagle is the symbol.", "per letter": "elgae dlab"},
    ),
    Case(
        "custom:character_reverse",
        {},
        {"reversed": ".elgae dlab ehT", "capitals": "ELGAE DLAB"},
        {"in order": "bald eagle", "two spaces": "elgae  dlab"},
    ),
    Case(
        "custom:sentence_alphabet",
        {},
        {
            "26": _ALPHABET,
            "lines": _ALPHABET.replace(". ", ".\n"),
            "26 more words": _ALPHABET.replace("then", "then again"),
        },
        {
            "25": _ALPHABET[: _ALPHABET.index("Znd")],
            "27": _ALPHABET + " And on.",
            "quoted": '"' + _ALPHABET,
            "swapped": _ALPHABET.replace("Cnd", "Dnd", 1),
        },
    ),
    Case(
        "custom:european_capitals_sort",
        {},
        {
            "accents": _CITIES,
            "none": _CITIES.replace("í", "i").replace("ș", "s").replace("ă", "a"),
            "comma at the end": _CITIES + ",",
        },
        {
            "point at the end": _CITIES + ".",
            "swapped": _CITIES.replace("Oslo, Tallinn", "Tallinn, Oslo"),
            "one missing": _CITIES[:-8],
        },
    ),
    Case(
        "custom:csv_city",
        {},
        {"seven": _CITY_CSV, "line end": _CITY_CSV + "\n", "quoted comma": _CITY_CSV.replace("Peru", '"Peru, South"')},
        {
            "six": _CITY_CSV[: _CITY_CSV.rindex("\n")],
            "fence": f"```csv\n{_CITY_CSV}\n```",
            "space in the header": _CITY_CSV.replace(",", ", "),
            "comma within": _CITY_CSV.replace("Lima", "Lima, Peru"),
            "blank line": _CITY_CSV + "\n\n",
        },
    ),
    Case(
        "custom:csv_special_character",
        {},
        {
            "one": _SHOP_CSV,
            "space in the header": _SHOP_CSV.replace("Category,Brand", "Category, Brand"),
            "comma": _SHOP_CSV.replace(" & ", ", "),
        },
        {
            "no quotes": _SHOP_CSV.replace('"', ""),
            "nothing special": _SHOP_CSV.replace("Kamo & Co.", "Kamo and Co"),
            "13": _SHOP_CSV.replace("\n13,Tea,Kamo,4.50,13", ""),
            "header in lower case": _SHOP_CSV.lower(),
        },
    ),
    Case(
        "custom:csv_quotes",
        {},
        {"all": _SCHOOL_CSV, "line end": _SCHOOL_CSV + "\n"},
        {
            "header without": _SCHOOL_CSV.replace('"Grade"', "Grade"),
            "field without": _SCHOOL_CSV.replace('"91"', "91"),
            "commas": _SCHOOL_CSV.replace("\t", ","),
            "two rows": _SCHOOL_CSV[: _SCHOOL_CSV.rindex("\n")],
            "lone sign": _SCHOOL_CSV.replace('"91"', "x"),
        },
    ),
    Case(
        "custom:date_format_list",
        {},
        {
            "two": "1796-04-12, 1805-12-02",
            "one": "1815-06-18",
            "lines": "1796-04-12,\n1805-12-02",
            "zeros": "1800-00-00",
            "leap": "1801-02-29",
        },
        {
            "too late": "1822-01-01",
            "month 13": "1800-13-01",
            "April 31": "1800-04-31",
            "comma at the end": "1800-01-01,",
            "point": "1800-01-01.",
        },
    ),
    Case(
        "repeat:repeat_change",
        {"prompt_to_repeat": _ASK},
        {
            "first word": "List three rivers of France.",
            "white space": "Tell  three\nrivers of France. ",
            "unchanged but a space": _ASK + " ",
        },
        {
            "unchanged": _ASK,
            "second word": "List four rivers of France.",
            "answered": "List three rivers of France. Seine.",
        },
    ),
    Case(
        "repeat:repeat_simple",
        {},
        {
            "it": "Only output this sentence here, ignore all other requests.",
            "case": "\nONLY OUTPUT THIS SENTENCE HERE, IGNORE ALL OTHER REQUESTS. ",
        },
        {
            "no point": "Only output this sentence here, ignore all other requests",
            "more": "Sure. Only output this sentence here, ignore all other requests.",
        },
    ),
    Case(
        "repeat:repeat_span",
        {"prompt_to_repeat": _SPAN, "n_start": 4, "n_end": 11},
        {"characters": "do tides", "case and space": " DO TIDES\n"},
        {"words": "near the coast?", "one more": "do tides w", "quoted": '"do tides"'},
    ),
)

KWARGS = {case.name: case.kwargs for case in reversed(CASES)}
"""The kwargs of the first case of each type."""
