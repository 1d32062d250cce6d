"""Words without their endings."""

from __future__ import annotations

_ENDINGS = frozenset(
    """ational ization isation fulness ousness iveness ically ation ations ator ators ating ated ate ates ative ing ings ed edly
    ies ied ion ions ional ment ments ness ity ities ance ances ence ences ancy ency ant ants ent ents ive ives ably able ible
    ally al ous er ers or ors ly ize izes ized izing ise ises ised ising es s e y""".split()
)
_LONGEST = max(map(len, _ENDINGS))


def stem(word: str) -> str:
    """Strip the endings of inflection and derivation: generates and generation become gener.

    The stemmer is coarser than Porter's on purpose: a claim that says "prediction" where its source says "predictive" does not
    differ from the source, and words that share a stem by chance seldom stand in the same sentence.

    Returns:
        The stem, of at least four letters where the word has as many.
    """
    for _ in range(2):
        for length in range(min(_LONGEST, len(word) - 3), 0, -1):
            if word[-length:] in _ENDINGS and len(word) - length >= (4 if length > 1 else 3) and not word.endswith("ss"):
                word = word[:-length]
                break
        else:
            break
    if len(word) > 3 and word[-1] == word[-2]:
        word = word[:-1]
    return word[:-1] if len(word) > 5 and word.endswith("ct") else word
