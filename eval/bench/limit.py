"""Questions whose answer is a pair of papers, every pair of a few once, after LIMIT (Weller et al. 2025, arXiv 2508.21038).

One vector a text can rank only so many different pairs first, however simple the questions; words have no such bound.
Each of 276 made attributes ("a leaderboard for Basque") is written into two of 24 papers of the sample, and asked for;
the rest of the sample is in the library too. In the set `own word` a language belongs to one attribute; in `shared words`
there are few languages, each with every kind of resource, and only a kind and a language together tell papers apart.
"""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from itertools import combinations
from pathlib import Path
from typing import Any, NamedTuple

from assistant import Assistant
from assistant.assistant import SAMPLE
from assistant.types import Paper
from eval.bench.scifact import FUSIONS
from eval.runs import scores
from eval.runs.cases import papers as read_papers

PAPERS = 24
_TOGETHER = 3
"""Attributes a sentence."""
_RESOURCES = (
    ("release", "a leaderboard"),
    ("collect", "a speech corpus"),
    ("train", "a tokenizer"),
    ("annotate", "a treebank"),
    ("publish", "a spelling checker"),
    ("maintain", "a glossary"),
    ("digitize", "a dictionary"),
    ("transcribe", "radio broadcasts"),
    ("align", "parallel sentences"),
    ("evaluate", "a translation system"),
    ("curate", "a question bank"),
    ("build", "a morphological analyzer"),
)
_LANGUAGES = """
Abkhaz, Acehnese, Acholi, Afar, Afrikaans, Ainu, Akan, Albanian, Aleut, Amharic, Apache, Arabic, Aragonese, Aramaic,
Armenian, Aromanian, Assamese, Asturian, Avar, Awadhi, Aymara, Azerbaijani, Balinese, Balochi, Bambara, Bashkir, Basque,
Belarusian, Bemba, Bengali, Berber, Betawi, Bhojpuri, Bikol, Bislama, Blackfoot, Bodo, Bosnian, Breton, Bugis, Bulgarian,
Burmese, Buryat, Cantonese, Catalan, Cebuano, Chamorro, Chechen, Cherokee, Cheyenne, Chichewa, Choctaw, Chukchi, Chuvash,
Coptic, Cornish, Corsican, Cree, Croatian, Czech, Dakota, Danish, Dargwa, Dinka, Dogri, Dutch, Dyula, Dzongkha, Erzya,
Esperanto, Estonian, Evenki, Ewe, Faroese, Fijian, Finnish, Fon, French, Frisian, Friulian, Fula, Galician, Garifuna,
Georgian, German, Gilbertese, Gondi, Greek, Greenlandic, Guarani, Gujarati, Haida, Haitian, Hausa, Hawaiian, Hebrew,
Herero, Hiligaynon, Hindi, Hmong, Hopi, Hungarian, Iban, Icelandic, Ido, Igbo, Ilocano, Indonesian, Ingush, Inuktitut,
Irish, Italian, Japanese, Javanese, Kabardian, Kabyle, Kalmyk, Kannada, Kanuri, Karakalpak, Karelian, Kashmiri, Kashubian,
Kazakh, Khasi, Khmer, Kikuyu, Kimbundu, Kinyarwanda, Kirundi, Klingon, Komi, Kongo, Konkani, Korean, Kumyk, Kurdish,
Kyrgyz, Ladin, Ladino, Lakota, Lao, Latgalian, Latin, Latvian, Lezgian, Ligurian, Limburgish, Lingala, Lithuanian, Livonian,
Lombard, Luganda, Luo, Luxembourgish, Macedonian, Madurese, Maithili, Makassar, Malagasy, Malay, Malayalam, Maltese,
Manchu, Mandarin, Manx, Maori, Mapudungun, Marathi, Mari, Marshallese, Meitei, Minangkabau, Mirandese, Mohawk, Moksha,
Moldovan, Mongolian, Montenegrin, Mossi, Nahuatl, Nauruan, Navajo, Ndebele, Neapolitan, Nenets, Nepali, Newari, Nogai,
Norwegian, Occitan, Odia, Ojibwe, Oromo, Ossetian, Palauan, Pali, Pangasinan, Papiamento, Pashto, Persian, Piedmontese,
Polish, Portuguese, Provencal, Punjabi, Quechua, Rapanui, Romani, Romanian, Romansh, Rusyn, Russian, Samoan, Sango, Sanskrit,
Santali, Sardinian, Scots, Serbian, Sesotho, Shona, Shor, Sicilian, Silesian, Sindhi, Sinhala, Slovak, Slovene, Somali,
Sorbian, Spanish, Sundanese, Swahili, Swazi, Swedish, Tagalog, Tahitian, Tajik, Tamil, Tatar, Telugu, Tetum, Thai, Tibetan,
Tigrinya, Tongan, Tsonga, Tswana, Tulu, Tupi, Turkish, Turkmen, Tuvan, Twi, Udmurt, Ukrainian, Urdu, Uyghur, Uzbek, Venda,
Venetian, Veps, Vietnamese, Votic, Walloon, Waray, Welsh, Wolof, Xhosa, Yakut, Yiddish, Yoruba, Zapotec, Zaza, Zulu
"""
LANGUAGES = [name.strip() for name in _LANGUAGES.replace("\n", " ").split(",")]

Row = dict[str, Any]


class Attribute(NamedTuple):
    """What two papers do: "release", "a leaderboard", "Basque"."""

    verb: str
    resource: str
    language: str

    @property
    def phrase(self) -> str:
        """As a paper says it."""
        return f"{self.verb} {self.resource} for {self.language}"

    @property
    def question(self) -> str:
        """Asks for the papers that do."""
        return f"Which papers {self.phrase}?"


class Case(NamedTuple):
    """An attribute and the titles of its two papers."""

    attribute: Attribute
    gold: tuple[str, str]


def attributes(count: int, *, shared: bool) -> list[Attribute]:
    """`count` different attributes, each with a language of its own or, with `shared`, with the fewest languages."""
    kinds = len(_RESOURCES)
    chosen = [(number % kinds, number // kinds if shared else number) for number in range(count)]
    return [Attribute(*_RESOURCES[kind], LANGUAGES[language]) for kind, language in chosen]


def dataset(*, shared: bool, papers: int = PAPERS, seed: int = 0) -> tuple[list[Paper], list[Case]]:
    """The sample with the attributes written into `papers` of its papers, and a case a pair of these."""
    rng = random.Random(seed)
    sample = read_papers(str(SAMPLE))
    chosen = rng.sample([paper.title for paper in sample], papers)
    pairs = list(combinations(chosen, 2))
    rng.shuffle(pairs)
    cases = [Case(*both) for both in zip(attributes(len(pairs), shared=shared), pairs, strict=True)]
    written: list[Paper] = []
    for paper in sample:
        own = [case.attribute.phrase for case in cases if paper.title in case.gold]
        rng.shuffle(own)  # else neighbours in a paper would be so in every paper
        added = " ".join(f"We {_listed(own[at : at + _TOGETHER])}." for at in range(0, len(own), _TOGETHER))
        written.append(paper.model_copy(update={"abstract": f"{paper.abstract} {added}".rstrip()}))
    return written, cases


def _listed(phrases: Sequence[str]) -> str:
    *most, last = phrases
    return f"{', '.join(most)} and {last}" if most else last


def measure(home: Path, *, shared: bool, papers: int = PAPERS, flags: Sequence[str] = ()) -> list[Row]:
    """A row a fusion: mean recall@2 and recall@10 over the questions, on a library made under `home`."""
    written, cases = dataset(shared=shared, papers=papers)
    file = home / "papers.jsonl"
    file.write_text("".join(json.dumps({"title": p.title, "abstract": p.abstract}) + "\n" for p in written), "utf-8")
    with Assistant.open(home, set=flags) as assistant:
        assistant.ingest(file, fresh=True)
    rows: list[Row] = []
    for fusion in FUSIONS:
        with Assistant.open(home, set=(*flags, f"search.fusion={fusion}")) as assistant:
            found = [[passage.paper.title for passage in assistant.search(case.attribute.question, 10)] for case in cases]
        recalls = {k: [scores.recall_at(k, own, case.gold) for own, case in zip(found, cases, strict=True)] for k in (2, 10)}
        rows.append(
            {"set": "shared words" if shared else "own word", "fusion": fusion, "questions": len(cases)}
            | {f"recall@{k}": scores.mean(values) for k, values in recalls.items()}
        )
    return rows
