"""Numbers in text with their scales and units, in digits and in words, without what stands around them."""

from __future__ import annotations

import re
from math import inf, log10
from unicodedata import numeric

from assistant.text.units import (
    CURRENCIES,
    DIMENSIONS,
    FINE,
    HALVES,
    LARGE,
    MULTIPLES,
    NTHS,
    ONES,
    ORDINALS,
    SCALES,
    SMALL,
    TENS,
    UNITS,
    VAGUE,
    Kind,
    Quantity,
)

_PLURALS = frozenset(
    "people men women children mice data criteria phenomena media indices vertices matrices corpora spectra".split()
)
_NO_PLURALS = frozenset(
    "is was has its as this thus across plus versus vs us less does news ours yes besides perhaps always".split()
)
BREAKS = frozenset(
    """a an and or but nor as at by for from in into of on onto over per to under up upon via with within without than that which
    who whose when where while whereas if because since is are was were be been being has have had do does did can could may might
    will would shall should must not no it its they their them we our us he she his her these those this the each every both all
    came come comes went go goes gets get got shows show takes took makes made needs ran runs remains stays stay others ones
    achieves allows beats becomes contains cuts enables exceeds fails finds gives helps holds improves learns outdoes outperforms
    performs provides reaches requires solves surpasses uses works yields""".split()
)
"""Words that end the noun phrase behind a number."""
START = re.compile(r"[A-Za-z]+|\d|(?<![\d\w])\.(?=\d)")
_DIGITS = re.compile(
    r"(?P<commas>\d{1,3}(?:,\d{3})+(?:\.\d+)?(?![\d,]\d))|(?P<points>\d{1,3}(?:\.\d{3}){2,}(?![\d.]))"
    r"|(?P<spaces>\d{1,3}(?:[ \u00a0\u2009\u202f]\d{3})+(?![\d.,]?\d))|(?P<plain>\d+(?:[.·]\d+)?|\.\d+)"
)
_POWER = re.compile(
    r"\s?(?:[×x*·]\s?10\s?\^\s?\{?(?P<raised>[-−–+]?\d{1,3})\}?|[×x*·]\s?10(?P<high>[⁻⁰¹²³⁴-⁹]{1,4})|[eE](?P<e>[-−+]?\d{1,3})(?!\w))"
)
_HAT = re.compile(r"\^\s?\{?(?P<raised>[-−–+]?\d{1,3})\}?|(?P<high>[⁻⁰¹²³⁴-⁹]{1,4})")
_HIGH = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹−–", "-0123456789--")
_SKIP = re.compile(
    r"\d{4}-\d{2}-\d{2}|\d{1,2}:\d{2}(?::\d{2})?|(?!\d{1,3}(?:\.\d{3})+(?![\d.]))\d+\.\d+\.\d+(?:\.\d+)*"
    r"|\d{4}\.\d{4,5}(?:v\d+)?(?![\d])|24/7|\d{1,2}['’′]\d{1,2}(?!\d)|10\.\d{4,9}/\S{1,80}"
)
"""Dates, times of day, versions, heights in feet and inches, and identifiers."""
_IN_NAME = re.compile(r"(?:[^\W\d_][\w.@-]{0,40}[-@.]|[A-Za-z]|_|#|\w['’]|://\S{0,100})$")
"""The text right before digits that belong to a name."""
LABELS = frozenset(
    """table tables figure fig figures section sec equation eq eqs chapter appendix theorem lemma definition algorithm version phase
    type level layer stage step part grade task experiment day week question page volume issue no number position scenario study
    model seed group class cohort arm condition setting row column line track round covid lean python""".split()
)
SPEECH = frozenset(
    """only of in on at among about around over under above below roughly approximately nearly almost exactly precisely some between
    from every each all another these those both up least across within fewer less more than exceeding using with including after
    before during since for by to and or but as total we it they our their the a an is are was were until per just merely solves
    solved has have""".split()
)
"""Words that stand before numbers and are no names, though a sentence begins with them."""
MONTHS = frozenset(
    """january february march april june july august september october november december jan feb mar apr jun jul aug sep sept oct
    nov dec""".split()
)
_BEHIND = re.compile(r"(\s|-)?(%|°\s?[CF]?(?![A-Za-z])|×|[A-Za-zµμÅ]{1,30}(?![A-Za-zµμ])(?:-ups?)?|[$€£¥₹₩₽₺₪฿₦¢](?!\s?\d))")
_PERCENT = re.compile(r"(?:\s|-)?(?:%|per\s?cent\b|percent\b|pct\b|percentage(?=[\s-]points?\b))")
_POINTS = re.compile(r"(?:\s|-)?(?:(?:percentage|absolute|percent|basis|[A-Z][A-Za-z0-9@-]{1,12})[\s-])?(?:points?|pp|pts)\b")
_ORDERS = re.compile(r"(?:\s|-)(?:full\s)?orders?[\s-]of[\s-]magnitude\b", re.IGNORECASE)
_GPU = re.compile(
    r"(?:\s|-)(?:[A-Z][A-Z0-9]{1,6}[\s-])?(?:GPU|TPU|CPU)[\s-](seconds?|minutes?|hours?|days?|weeks?|months?|years?)\b"
)
_FOLDS = re.compile(r"[\s-]?fold\s(?:cross|CV)")
_SHOT = re.compile(r"-(?:shot|hop|way|gram|step|to|sided|tailed|class|norm|NN|hot|nearest|off|liner|dimensional)\b|D\b(?!\w)")
"""Endings that make a number a part of a name: 5-shot, 3D."""
RANKED = re.compile(
    r"(?i)\b(?:rank\w*|plac\w+|position\w*|spot|finish\w*|com(?:e|es|ing)|came|leaderboard|runner-up|w[io]n|wins|winner|won)\b"
    r"|\b(?:first|second|third|fourth|fifth)-(?:best|worst|\w+est)\b|\b(?:first|second|third|fourth|fifth)\s(?:[a-z-]{1,30}\s){0,2}to\s[a-z]"
)
"""Words that make an ordinal a rank."""
_IN = re.compile(
    r"\s(?:[a-z]{3,20}\s)?(?:in|out\sof)\s(?:every\s)?(?:(\d{1,6})|([a-z]{1,12}))\b(?!\s?(?:%|seconds?|minutes?|hours?|days?|weeks?|months?|years?))"
)
_NTH = "|".join(NTHS)
_FRACTION = re.compile(
    rf"(?:(?P<count>one|two|three|four|five|six|seven|eight|nine|an?|1)[\s-])?(?P<nth>{_NTH})(?P<many>s)?\b(?!-)", re.IGNORECASE
)
_OF_WHOLE = re.compile(
    r"[\s-](?:of|the|as|that|those|less|fewer|more|lower|smaller|higher|larger|shorter|cheaper|faster)\b|\s?[,.;)]|$"
)
_TO = re.compile(r"\b(?:to|by)\s$")
_HALF_A = re.compile(r"half\s(?:an?\s)(?P<what>[a-z]{1,12})\b", re.IGNORECASE)
_AND_HALF = re.compile(r"\sand\s(?:a|one)\s(?P<part>half|quarter|third)\b", re.IGNORECASE)
_PERIOD = re.compile(
    r"(?:an?|one)\s(?P<unit>second|minute|hour|day|week|month|year|decade|tonne|ton|kilogram|gram|litre|liter|kilometre|kilometer"
    r"|metre|meter|centimetre|centimeter|millimetre|millimeter|terabyte|gigabyte|megabyte|watt|volt)\b",
    re.IGNORECASE,
)
_PERIOD_BEFORE = re.compile(
    r"(?i)\b(?:than|within|under|over|in|for|about|nearly|almost|exactly|takes?|took|lasts?|lasted|only|after|every)\s(?:just\s)?$"
)
_TENS_OF = re.compile(r"(?:(tens|hundreds)\sof\s)?(dozens|hundreds|thousands|millions|billions)\b", re.IGNORECASE)
_MOST = re.compile(
    r"(?:an?\s|the\s)?(?:(?P<most>(?:vast\s)?majority|most\sof|more\sthan\shalf\sof|(?-i:Most)(?=\s[a-z-]{1,40}s\b))|(?P<few>minority))\b",
    re.IGNORECASE,
)


_TYPED_POWER = re.compile(r"(?<![\w.*^-])(?:(10)\(([-−–]?\d{1,2})\)|(\d{1,3})\*\*([-−–]?\d{1,2}))(?![\w*(]|\.\d)")
"""10(6), as MEDLINE writes a raised 6, and 10**6."""
_MIXED = re.compile(
    r"(?<![\w./,-])(?P<whole>\d{1,2})(?:\s?(?P<sign>[½⅓⅔¼¾⅛⅜⅝⅞])|\s(?P<above>[1-7])/(?P<below>[2348])(?![\w/]|\.\d|\sof\b))"
)
"""1½ and 1 1/2; "1/3 of" is a share, and the number before it another one."""


def written_plainly(text: str) -> str:
    """`text` with its powers behind a hat and its mixed numbers as decimals: 10^6 for 10(6) and 10**6, 1.5 for 1½ and 1 1/2."""
    text = _TYPED_POWER.sub(lambda each: f"{each[1] or each[3]}^{each[2] or each[4]}", text)
    return _MIXED.sub(_decimal, text)


def _decimal(mixed: re.Match[str]) -> str:
    part = numeric(mixed["sign"]) if mixed["sign"] else int(mixed["above"]) / int(mixed["below"])
    return f"{round(int(mixed['whole']) + part, 3):g}" if part < 1 else mixed.group()


def read_at(text: str, match: re.Match[str]) -> tuple[Quantity | None, int]:
    """The quantity that begins at a digit or a word of `FIRST`, without what stands around it, and where to go on."""
    start, end = match.span()
    if not match.group()[0].isalpha():
        return _digits(text, start) or (None, end)
    word = match.group().lower()
    if (start and (text[start - 1].isalnum() or text[start - 1] in "_@#-")) or _is_named(text, match):
        return None, end
    for reader in _READERS:
        if read := reader(text, start, word):
            return read, read.end
    return None, end


def _is_named(text: str, match: re.Match[str]) -> bool:
    """Whether a word is part of a name, as in Four Seasons, or labelled, as in figure eight."""
    start, end = match.span()
    opens = text[max(0, start - 2) : start].strip() in ("", ".", "!", "?", ":", '"', "“", "(")
    if match.group()[0].isupper() and not opens and text[end + 1 : end + 2].isupper() and not match.group().isupper():
        return True
    return match.group().lower() in SMALL and bool(_LABELLED.search(text[max(0, start - 12) : start]))


_LABELLED = re.compile(r"(?i)\b(?:position|figure|table|phase|type|stage|section|chapter|version|level)\s$")


def _new(text: str, kind: Kind, value: float, start: int, end: int, *, unit: str = "", step: float = 1.0) -> Quantity:
    return Quantity(kind, value, value, start, end, text[start:end], unit=unit, value=value, step=step)


def _digits(text: str, start: int) -> tuple[Quantity | None, int] | None:
    written = _SKIP.match(text, start)
    if written:
        return None, written.end()
    if _IN_NAME.search(text[max(0, start - 40) : start]):
        return None, _word_end(text, start)
    match = _DIGITS.match(text, start)
    if not match:
        return None
    digits, end = match.group(), match.end()
    if end - start > _LONGEST:
        return None, end
    if _is_mark(text, start, end) or _DAY.match(text, end):
        return None, end
    separators = ",. \u00a0\u2009\u202f" if match.lastgroup == "points" else ", \u00a0\u2009\u202f"
    digits = digits.translate(dict.fromkeys(map(ord, separators))).replace("·", ".")
    decimals = len(digits.partition(".")[2])
    if match.lastgroup == "plain" and decimals == 3 and digits[0] != "0" and _counts_whole(text, end):
        digits, decimals = digits.replace(".", ""), 0  # 12.000 letters
    if end < len(text) and (power := _power(text, digits, start, end)):
        return power, power.end
    value = float(digits)
    if start and text[start - 1] in "-−–" and (start == 1 or text[start - 2] in " (=,[~≈<>"):
        value, start = -value, start - 1
    read = _with_unit(text, _new(text, "number", value, start, end, step=10.0**-decimals), digits=True)
    if read and read.kind == "ratio" and value < 0:
        read = built(text, read._replace(start=start + 1), "ratio", -value, read.step, read.end, read.unit)
    if read is None or _is_version(text, read) or _SHOT.match(text, read.end):
        return None, _word_end(text, end)
    return read, read.end


_LONGEST = 40
"""A number with more characters is a key, and is not read."""
_DAY = re.compile(r"(?:st|nd|rd|th)?\s(?:of\s)?(?:" + "|".join(month.title() for month in sorted(MONTHS)) + r")\b")


_TO_END = re.compile(r"[\w.@-]*\w")


def _word_end(text: str, start: int) -> int:
    match = _TO_END.match(text, start)
    return match.end() if match else start + 1


def _is_mark(text: str, start: int, end: int) -> bool:
    """Whether a number in brackets is a citation or numbers an item."""
    before, after = text[max(0, start - 1) : start], text[end : end + 1]
    return (before == "[" and after in ("]", ",")) or (before == "(" and after == ")" and end - start < 3)


_WHOLE_NOUN = re.compile(r"\s(?:[a-z-]{1,40}\s)?[a-z]{3,40}s\b")


def _counts_whole(text: str, end: int) -> bool:
    behind = _BEHIND.match(text, end)
    return bool(_WHOLE_NOUN.match(text, end)) and not (
        behind and (behind[2] in UNITS or behind[2] in SCALES or behind[2] == "points")
    )


def _power(text: str, digits: str, start: int, end: int) -> Quantity | None:
    """A number with a power of ten, or one that is a power."""
    if match := _POWER.match(text, end):
        base, power = 10.0, int((match["raised"] or match["high"] or match["e"]).translate(_HIGH))
        factor, decimals = float(digits), len(digits.partition(".")[2])
    elif (match := _HAT.match(text, end)) and digits.isdigit() and int(digits):
        base, power = float(digits), int((match["raised"] or match["high"]).translate(_HIGH))
        factor, decimals = 1.0, 0
    else:
        return None
    if abs(power) * log10(max(base, 10)) > _LARGEST:
        return None
    value, step = factor * base**power, base**power * 10.0**-decimals
    return _with_unit(text, _new(text, "number", value, start, match.end(), step=step), digits=True)


_LARGEST = 200
"""A number with more digits is not read."""


def _is_version(text: str, read: Quantity) -> bool:
    """Whether a number stands behind what it labels or names: Table 2, Llama 3, version 2.1."""
    if read.unit or read.end - read.start > 4 or read.value >= 100 or text[read.start - 1 : read.start] != " ":
        return False
    match = re.search(r"([A-Za-z][\w-]{0,30})\s$", text[max(0, read.start - 30) : read.start])
    if not match:
        return False
    word, first = match[1], max(0, read.start - 30) + match.start()
    if word == "number" and (ahead := _WORD_AHEAD.search(text, max(0, first - 42), first)) and _counts_many(ahead[1]):
        return False  # the images number 31
    if word in CURRENCIES:
        return False
    if word.lower() in LABELS:
        return not noun_behind(text, read.end, plural=True)
    named = word[0].isupper() and word.lower() not in SPEECH and word.lower() not in MONTHS and not word.isdigit()
    if word.lower() in MONTHS and word[0].isupper():
        return True
    opens = first == 0 or text[max(0, first - 2) : first].strip() in ("", ".", "!", "?")
    return (
        named
        and read.value < 20
        and not (noun_behind(text, read.end, plural=True) and (opens or _PLACED.search(text[max(0, first - 12) : first])))
    )


_WORD_AHEAD = re.compile(r"\b([A-Za-z][\w-]{0,40})\s$")
_PLACED = re.compile(r"\b(?:on|in|of|for|with|at|to|from|by)\s$")


_SCALE_AGAIN = re.compile(r"\s(thousand|million|billion|trillion)\b")
_DOZEN = re.compile(r"\s(dozen)\b")


def _with_unit(text: str, read: Quantity, *, digits: bool) -> Quantity | None:
    """A number with the scale and the unit behind it; None where letters behind it make it a name, such as 4o."""
    end, value, step = read.end, read.value, read.step
    scaled = _BEHIND.match(text, end)
    if scaled and scaled[2] in SCALES and (len(scaled[2]) > 1 or (digits and not scaled[1])) and not _is_time(text, scaled):
        factor = 10.0 ** SCALES[scaled[2]]
        value, step, end = value * factor, step * factor, scaled.end()
        while again := _SCALE_AGAIN.match(text, end):  # 3 million million
            factor = 10.0 ** SCALES[again[1]]
            value, step, end = value * factor, step * factor, again.end()
    elif (match := _DOZEN.match(text, end)) and digits:
        value, end = value * 12, match.end()
    if part := _AND_HALF.match(text, end):
        value, step, end = value + 1 / NTHS[part["part"].lower()], 0.1, part.end()
    unit, kind, stop = _unit(text, end, digits=digits)
    if stop < 0:
        return None if end == read.end else built(text, read, "number", value, step, end, "")
    return built(text, read, kind, value, step, stop, unit)


def built(text: str, read: Quantity, kind: Kind, value: float, step: float, end: int, unit: str) -> Quantity:
    """`read` with another value, unit and end."""
    return read._replace(kind=kind, low=value, high=value, value=value, step=step, end=end, text=text[read.start : end], unit=unit)


def _is_time(text: str, scaled: re.Match[str]) -> bool:
    """Whether what looks like a scale is a unit that goes on: 5 Mb, 3 K/s."""
    return text[scaled.end() : scaled.end() + 1] in ("/", "²")


def _unit(text: str, end: int, *, digits: bool) -> tuple[str, Kind, int]:
    """The unit behind a number, its kind, and where it ends; a negative end where the letters there make a name of it."""
    if match := _ORDERS.match(text, end):
        return "orders", "ratio", match.end()
    if match := _PERCENT.match(text, end):
        if points := _POINTS_ONLY.match(text, match.end()):
            return "points", "points", points.end()
        return "%", "share", match.end()
    if match := _POINTS.match(text, end):
        return "points", "points", match.end()
    if match := _GPU.match(text, end):
        return f"GPU {UNITS[match[1]]}", "measure", match.end()
    if _FOLDS.match(text, end):
        return "", "number", -1
    if named := _named_unit(text, end):
        return named
    behind = _BEHIND.match(text, end)
    if not behind or (behind[2] in SCALES and behind[1]):
        return "", "number", end
    return _unit_word(text, end, behind, digits)


_POINTS_ONLY = re.compile(r"[\s-]?(?:points?|pts)\b")
_DEGREES = re.compile(r"\s(?:(Celsius|C|centigrade)|Fahrenheit|F)\b")
_WATT_HOURS = re.compile(r"(?:\s|-)(kilo|mega|giga|tera)?watt[\s-]hours?\b")
_AREA = re.compile(r"(?:\s|-)(?:(?P<square>square|sq\.?)|cubic)\s(?P<unit>[a-z]{1,15})\b")
_RAISED = re.compile(r"(?:\^\s?\{?)?(?P<power>[23²³])\}?(?!\w|\.\d)")
_POWERS = {"2": "²", "3": "³"}
_KELVIN = re.compile(r"\sK(?=\s?[,.;)](?!\d)|\s(?:in|at|for|and|or|to|from|below|above|with|is|was|are|were|but|while|than)\b|$)")
_POUNDS = re.compile(r"(?:\s|-)?(?:pounds?)(?P<sterling>\ssterling)?\b")
_PAID = re.compile(
    r"(?i)\b(?:cost|pric|paid|pay|earn|spen[dt]|fee|budget|fund|worth|charg|cheap|expens|revenue|income|salar|wage|sterling|GBP|£)"
)
"""Words that tell pounds of money from pounds of weight."""
_NATIONAL = re.compile(
    r"\s((?:[A-Z][A-Za-z.]{1,15}\s){1,2})(dollars?|francs?|pesos?|rupees?|kron(?:a|or|er?)|yen|yuan|lira|dinars?|dirhams?|shillings?|rands?|roubles?)\b"
)


def _named_unit(text: str, end: int) -> tuple[str, Kind, int] | None:
    """A unit or a currency of more than one word behind a number: kilowatt-hours, square metres, Swiss francs, pounds, 5 K."""
    first = text[end + 1 : end + 2]
    if first == "K" and (kelvin := _KELVIN.match(text, end)):
        return "K", "measure", kelvin.end()
    if first.isupper() and (national := _NATIONAL.match(text, end)):
        base = CURRENCIES.get(national[2]) or CURRENCIES[national[2].rstrip("s")]
        return f"{national[1]}{base}", "money", national.end()
    if first in "kmgtw" and (hours := _WATT_HOURS.match(text, end)):
        return f"{_WATT_HOUR_SIGNS[hours[1] or '']}Wh", "measure", hours.end()
    if first in "sc" and (area := _AREA.match(text, end)) and (unit := UNITS.get(area["unit"])) in DIMENSIONS:
        return f"{unit}{'²' if area['square'] else '³'}", "measure", area.end()
    if (first == "p" or text[end : end + 1] == "p") and (pounds := _POUNDS.match(text, end)):
        unit, kind = ("£", "money") if pounds["sterling"] else pounds_of(text)
        return unit, kind, pounds.end()
    return None


def pounds_of(text: str) -> tuple[str, Kind]:
    """The unit of pounds in `text` and its kind: money where something is paid, else weight."""
    return ("£", "money") if _PAID.search(text) else ("lb", "measure")


_WATT_HOUR_SIGNS = {"": "", "kilo": "k", "mega": "M", "giga": "G", "tera": "T"}


def _unit_word(text: str, end: int, behind: re.Match[str], digits: bool) -> tuple[str, Kind, int]:
    apart, word = behind.groups()
    word = word if word in UNITS or not word.startswith("°") else word.replace(" ", "")
    if word in CURRENCIES:
        return CURRENCIES[word], "money", behind.end()
    unit = UNITS.get(word, "")
    if unit == "°" and (degrees := _DEGREES.match(text, behind.end())):
        return "°C" if degrees[1] else "°F", "measure", degrees.end()
    decade = word == "s" and not apart and text[max(0, end - 4) : end].isdigit() and end >= 4  # the 1980s
    letter = digits and (word != "d" or not apart) and not _is_article(text, behind)
    if unit and not decade and (len(word) > 1 or word in "°×" or letter):
        raised = _RAISED.match(text, behind.end()) if DIMENSIONS.get(unit, ("",))[0] == "length" else None
        if raised:
            power = raised["power"]
            return f"{unit}{_POWERS.get(power, power)}", "measure", raised.end()
        if text[behind.end() : behind.end() + 1].isdigit():
            return "", "number", end if apart else -1  # 2 V100s
        return unit, "ratio" if unit == "x" else "measure", behind.end()
    if not digits or apart or decade:
        return "", "number", end
    return ("th", "rank", behind.end()) if word in ("st", "nd", "rd", "th") else ("", "number", -1)


def _is_article(text: str, behind: re.Match[str]) -> bool:
    """Whether a single letter that stands apart goes on as a word or a name of its own: 5 m-bots, 3 V's."""
    return bool(behind[1]) and text[behind.end() : behind.end() + 1] in ("-", "'", "’", "_")


_ANY_SMALL = "|".join(sorted(SMALL, key=len, reverse=True))
_ANY_LARGE = "hundred|thousand|million|billion|trillion|dozen"
_NUMERAL = re.compile(
    rf"(?:an?\s(?:{_ANY_LARGE}|(?:couple|pair|trio|quartet)(?=\sof\s))|(?:{_ANY_SMALL}))\b"
    rf"(?:(?:[\s-]|\sand\s)(?:{_ANY_SMALL}|{_ANY_LARGE}|score)\b){{0,7}}",
    re.IGNORECASE,
)
_GROUPS = {"couple": 2, "pair": 2, "trio": 3, "quartet": 4}
_WORD = re.compile(r"[A-Za-z]+")


def _words(text: str, start: int, word: str) -> Quantity | None:
    """A number in words: twenty-nine, two hundred and five, a dozen."""
    match = _NUMERAL.match(text, start)
    if not match:
        return None
    total = part = 0.0
    end, last = start, ""
    for piece in _WORD.finditer(text, start, match.end()):
        name = piece.group().lower()
        if name in ("a", "an", "and"):
            continue
        if name in SMALL:
            if last and not (LARGE.get(last, 0) >= 100 or (last in TENS and 0 < SMALL[name] < 10)):
                break
            part += SMALL[name]
        elif name in _GROUPS:
            part = _GROUPS[name]
        elif LARGE[name] >= 1000:
            total, part = total + max(part, 1) * LARGE[name], 0
        else:
            part = max(part, 1) * LARGE[name]
        end, last = piece.end(), name
    read = _with_unit(text, _new(text, "number", total + part, start, end), digits=False)
    if (
        read is None
        or _SHOT.match(text, end)
        or (word == "one" and read.value == 1 and not read.unit and not _ONE_OF.match(text, end))
    ):
        return None  # "one" is most often a pronoun
    return read


_ONE_OF = re.compile(rf"\sof\s(?:the\s|these\s|its\s|our\s)?(?:\d|(?:{_ANY_SMALL})\b)|\s(?:in|out)\b|\sorder\b")


def _share(text: str, start: int, end: int, value: float) -> Quantity:
    return _new(text, "share", value, start, end, unit="%", step=FINE)


def _fraction(text: str, start: int, word: str) -> Quantity | None:
    """Half, a third, two fifths: a share, or so much of a unit or a scale."""
    if match := _HALF_A.match(text, start):
        what = match["what"].lower()
        if what in LARGE:
            return _with_unit(text, _new(text, "number", LARGE[what] / 2, start, match.end(), step=LARGE[what] / 20), digits=False)
        if DIMENSIONS.get(UNITS.get(what, ""), ("",))[0] == "time":
            return _new(text, "measure", 0.5, start, match.end(), unit=UNITS[what], step=0.1)
    match = _FRACTION.match(text, start)
    if not match or (
        word == "half" and re.search(r"(?i)\b(?:first|second|other|latter|and\sa)\s$", text[max(0, start - 10) : start])
    ):
        return None
    nth, count = match["nth"].lower(), (match["count"] or "").lower()
    if nth == "half":
        return _share(text, start, match.end(), 50.0) if count in ("", "a", "an", "one", "1") else None
    many = count not in ("", "a", "an", "one", "1")
    whole = many or _OF_WHOLE.match(text, match.end()) or _TO.search(text[max(0, start - 4) : start])
    if not count or many != bool(match["many"]) or not whole:
        return None
    return _share(text, start, match.end(), 100 * (SMALL[count] if many else 1) / NTHS[nth])


def _one_in(text: str, start: int, word: str) -> Quantity | None:
    """One in five, two out of three."""
    if word not in SMALL or word not in ONES:
        return None
    match = _IN.match(text, start + len(word))
    if not match:
        return None
    whole = int(match[1]) if match[1] else SMALL.get(match[2].lower(), 0)
    return _share(text, start, match.end(), 100 * ONES[word] / whole) if whole > ONES[word] else None


def _vague(text: str, start: int, word: str) -> Quantity | None:
    """Dozens, hundreds of thousands: an interval."""
    match = _TENS_OF.match(text, start)
    if not match:
        return None
    low, high = map(float, VAGUE[match[2].lower()])
    if match[1] and match[2].lower() not in ("dozens", "hundreds"):
        factor = 10 if match[1].lower() == "tens" else 100
        low, high = low * factor, low * factor * 5
    elif match[1]:
        return None
    return _new(text, "number", low, start, match.end())._replace(high=high, high_open=True, bound="vague")


def _period(text: str, start: int, word: str) -> Quantity | None:
    """An hour and a half; a week where a bound or a verb before it says that one is meant."""
    match = _PERIOD.match(text, start)
    if not match:
        return None
    part = _AND_HALF.match(text, match.end())
    if not part and not _PERIOD_BEFORE.search(text[max(0, start - 16) : start]):
        return None
    value = 1 + (1 / NTHS[part["part"].lower()] if part else 0)
    return _new(text, "measure", value, start, (part or match).end(), unit=UNITS[match["unit"].lower()], step=0.1 if part else 1)


def _mostly(text: str, start: int, word: str) -> Quantity | None:
    match = _MOST.match(text, start)
    if not match:
        return None
    low, high = (50.0, 100.0) if match["most"] else (0.0, 50.0)
    return _share(text, start, match.end(), 50.0)._replace(
        low=low, high=high, low_open=low == 50, high_open=high == 50, bound="vague"
    )


_ARTICLE = re.compile(r"an?(?=\s)")


def _orders(text: str, start: int, word: str) -> Quantity | None:
    """An order of magnitude; with a number before it, the unit of that."""
    match = _ARTICLE.match(text, start)
    orders = _ORDERS.match(text, match.end()) if match else None
    return _new(text, "ratio", 1.0, start, orders.end(), unit="orders") if orders else None


_COUNTED_HALVES = re.compile(rf"(?i)\b(?:{_ANY_SMALL}|the|both)\s$")
_VERB_LIKE = re.compile(r"\s(?:the|that|those|of|its|their|as)\b")


def _multiple(text: str, start: int, word: str) -> Quantity | None:
    end = start + len(word)
    if (
        text[end : end + 1] == "-"
        or (word in ("doubles", "doubled") and text[end : end + 4] == " as ")
        or (word in ("double", "triple", "treble", "quadruple") and not _VERB_LIKE.match(text, end))
    ):
        return None
    if word in HALVES and not _COUNTED_HALVES.search(text[max(0, start - 10) : start]):
        return _new(text, "ratio", 2.0, start, end, unit="x")._replace(manner="less")
    if word not in MULTIPLES:
        return None
    return _new(text, "ratio", MULTIPLES[word], start, end, unit="x")._replace(manner="more" if word.endswith(("ed", "es")) else "")


_ALL = re.compile(r"\s(?:(?:the|every|all|each)\b|(?!over\b|by\b|in\b|on\b|out\b)[A-Z0-9])")
_UP = re.compile(r"-up\b")
_NTH_BEST = re.compile(r"-(?:best|worst|[a-z]{3,12}est)\b")
_FIRST_TO = re.compile(r"\s(?:[a-z-]{1,30}\s){0,2}to\s[a-z]")
LAST = 1e6
"""The rank of what comes last."""
_PLACE = re.compile(r"\s(?:place|rank|position|spot)\b")


def _ordinal(text: str, start: int, word: str) -> Quantity | None:
    end = start + len(word)
    before, after = text[max(0, start - 30) : start], text[end : end + 1]
    if word == "last":
        ranked = RANKED.search(before) or _PLACE.match(text, end)
        return _new(text, "rank", LAST, start, end, unit="th") if ranked and not after.isdigit() else None
    if word in ("won", "wins", "tops", "topped"):
        return _new(text, "rank", 1.0, start, end, unit="th") if _ALL.match(text, end) else None
    if word == "runner":
        return _new(text, "rank", 2.0, start, end + 3, unit="th") if _UP.match(text, end) else None
    if (
        word not in ORDINALS
        or (after == "-" and not _NTH_BEST.match(text, end))
        or (after == "," and not RANKED.search(before))
        or (word == "second" and re.search(r"(?i)\b(?:a|per|each|every|one)\s$", before))
    ):
        return None
    if word == "first" and not (RANKED.search(before) or _PLACE.match(text, end) or _FIRST_TO.match(text, end)):
        return None
    return _new(text, "rank", float(ORDINALS[word]), start, end, unit="th")


_SUB = re.compile(r"sub-(second|millisecond|microsecond|minute|hour|percent|millimeter|micron|meter|kilometer)\b", re.IGNORECASE)


def _below_one(text: str, start: int, word: str) -> Quantity | None:
    """Sub-second: less than one."""
    match = _SUB.match(text, start)
    if not match:
        return None
    unit = UNITS[match[1].lower()]
    read = _new(text, "share" if unit == "%" else "measure", 1.0, start, match.end(), unit=unit)
    return read._replace(low=-inf, high_open=True, bound="vague")


_NONE = re.compile(r"(?:neither|none)(?=\sof\s)", re.IGNORECASE)


def _none(text: str, start: int, word: str) -> Quantity | None:
    match = _NONE.match(text, start)
    return _new(text, "number", 0.0, start, match.end()) if match else None


_READERS = (_vague, _orders, _one_in, _fraction, _mostly, _words, _period, _multiple, _ordinal, _none, _below_one)
FIRST = frozenset(
    [
        *SMALL,
        *VAGUE,
        *ORDINALS,
        *MULTIPLES,
        *HALVES,
        *NTHS,
        "a",
        "an",
        "tens",
        "majority",
        "minority",
        "most",
        "the",
        "neither",
    ]
    + ["none", "won", "wins", "tops", "topped", "runner", "vast", "last", "sub"]
)
"""Words that a quantity may begin with."""


_NOUN_WORD = re.compile(r"[\s-]([A-Za-z][\w-]{0,40})(['’]s?(?=\s))?")
_NOUN_START = re.compile(
    r"(?:\s(?:or\s(?:more|fewer|less|so)|and\s(?:more|above)))?(?:\s(?:of\s(?:all\s)?(?:the|these|those|its|their|our|his|her|whole)|of\sall|of|more"
    r"|additional|other|different|new|such|the|distinct|further|separate|unique))?(?=[\s-])"
)
_LONGEST_NOUN = 4
"""The plural noun behind a number is searched in this many words."""


_WHOLE = re.compile(r"\s(?:the\s)?(?:\d+|(?:" + _ANY_SMALL + r")\b)")


def noun_behind(text: str, end: int, *, plural: bool = False) -> str:
    """What a number that ends at `end` counts: the words behind it up to the first in the plural; empty where there is none."""
    match = _NOUN_START.match(text, end)
    at, words = match.end() if match else end, list[str]()
    if not plural and (whole := _WHOLE.match(text, at)):
        at = whole.end()
    for _ in range(_LONGEST_NOUN):
        word = _NOUN_WORD.match(text, at)
        if not word or word[1].lower() in BREAKS:
            return ""
        at = word.end()
        if word[2]:
            words = []  # the bots' clicks
            continue
        words.append(word[1].lower())
        if _counts_many(word[1]):
            return " ".join(words)
    return ""


def _counts_many(word: str) -> bool:
    """Whether a word is a plural, or that of an abbreviation."""
    return _is_plural(word.lower()) or _CAPITALS.fullmatch(word) is not None


_CAPITALS = re.compile(r"[A-Z]{2,8}s")
"""The plural of an abbreviation: GPUs."""


def _is_plural(word: str) -> bool:
    if word in _PLURALS:
        return True
    return len(word) > 2 and word[-1] == "s" and word[-2] not in "su'" and word not in _NO_PLURALS and not word.endswith("is")
