"""Whether a question or a statement is in English: by its script, and by its function words."""

from __future__ import annotations

import re

_LATIN = 0x250
"""The first character behind the Latin letters with accents."""
_GREEK = range(0x370, 0x400)
"""Letters of formulas."""
_SHARE = 0.3
"""Share of letters of another script from which a question is in that script; names in Latin letters may stand among them."""
_OTHERS = frozenset(
    # German, Dutch
    """was wie wer wo wann warum welche welcher welches welchen ist sind der das den dem des ein eine einen einer und oder nicht
    mit von für auf bei über zu zum zur im wird werden hat haben gibt es sich auch als wat hoe wie waar welke zijn het een van
    voor met niet er worden heeft deze
    qu que quoi quel quelle quels quelles comment pourquoi quand où est sont le la les un une des du ou ne pas dans sur avec
    pour par au aux ce cette ces il elle ont qui y quelqu peut
    qué cuál cuáles cómo cuándo dónde quién por el los las una unos y o no en con para sobre del es son hay su sus se lo más
    como cual
    che cosa quale quali come quando dove chi perché è sono il lo gli uno e di da nel nella con su per tra si non del della dei
    degli delle questo questa
    o os as um uma e de do da dos das em no na com para por é são qual quais como quem onde não mais se""".split()
)
"""Words without which hardly a question is asked in German, Dutch, French, Spanish, Italian or Portuguese."""
_ENGLISH = frozenset(
    """the what which who whom whose how why when where is are does did do can could would should has have of in and or to for with
    from by about that this these those any an it its if than then there their me you your we our my show tell give list explain
    compare describe find paper papers""".split()
)
_ASKING = frozenset(
    """wer wo wann warum wieso welche welcher welches welchen wie wieviel wieviele qu que quel quelle quels quelles comment
    pourquoi combien qui où qué cuál cuáles cuánto cuántos cuántas cómo cuándo dónde quién che cosa quale quali quanto quanti quante
    perché quando qual quais quantos quantas onde wat hoe waar welke waarom hoeveel vad hur vilka vem varför hva hvordan
    hvilke hvem hvad hvilken jak kto kiedy gdzie dlaczego które nedir nasıl neden""".split()
)
"""Words that open a question, or, in Turkish, end one, and that are not English."""
_AMBIGUOUS = frozenset("an as by con da do dem die e in is les me no on or per se was".split())
"""Words of both, or of names and terms in English sentences."""
_FEWEST = 2
"""Function words of other languages that tell another language, where no English one stands."""


def is_english(question: str) -> bool:
    """Decide whether a question may be in English; one that shows no sign of another language may."""
    if _in_another_script(question):
        return False
    words = _words(question)
    if _ENGLISH.intersection(words):
        return True
    opening = 1 if {*words[:1], *words[-1:]} & _ASKING else 0
    return opening + sum(word in _OTHERS for word in words[opening:]) < (1 if opening else _FEWEST)


def is_foreign(sentence: str) -> bool:
    """Decide whether a statement is in another language than English: by script, or function words of others and none of English.

    Names and terms of other languages in an English sentence are few, and such a sentence seldom has no word as "the" or "of".

    Returns:
        Whether it is.
    """
    if _in_another_script(sentence):
        return True
    words = [word for word in _words(sentence) if word not in _AMBIGUOUS]
    return _ENGLISH.isdisjoint(words) and not _OTHERS.isdisjoint(words)


def _in_another_script(text: str) -> bool:
    letters = [char for char in text if char.isalpha()]
    greek = len(letters) if re.search("[\u0370-\u03ff]{3}", text) else 0
    foreign = sum(ord(char) >= _LATIN and (ord(char) not in _GREEK or greek > 0) for char in letters)
    return bool(letters) and foreign >= _SHARE * len(letters)


def _words(text: str) -> list[str]:
    words = [word for each in text.casefold().split() for word in each.replace("’", "'").strip("¿¡?!.,;:()\"'«»").split("'")]
    return [word for word in words if word]
