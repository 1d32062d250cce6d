"""Many made records in the shape of arXiv's metadata dump: what an ingest costs, and how long whole answers take.

The abstracts are sentences of the sample in a new order, with words swapped for rarer ones, and with phrases that stand for topics:
the commonest phrase stands in one of eight papers, the rarest ones in a few. Names, dates, categories, journals and DOIs have the
shapes of the dump.
"""

from __future__ import annotations

import json
import random
import sys
import textwrap
import time
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate, islice
from pathlib import Path
from typing import Any

import numpy as np

from assistant import Assistant, text
from assistant.assistant import SAMPLE
from assistant.types import Chunk, Embedder, Embedding, Query
from eval.bench.process import child
from eval.bench.scale import Noisy, take_in
from eval.runs import cases

_WORDS = 20_000
"""Made words, the n-th of which is used 1/n as often as the first."""
_SWAPPED = 0.25
"""Share of the words of a sentence."""
_SENTENCES = (5, 9)
_TOPICS = 400
_COMMONEST = 0.125
"""Share of the papers with the commonest topic; the n-th has 1/n of it."""
_CATEGORIES = "cs.CL cs.LG cs.CV cs.AI stat.ML math.CO math.PR hep-th hep-ph astro-ph.GA cond-mat.mtrl-sci quant-ph".split()
_JOURNALS = ("Phys. Rev. D", "J. Mach. Learn. Res.", "Ann. Probab.", "Astrophys. J.", "Phys. Lett. B", "Comput. Linguist.")
_READ = 1000
"""Records that the embedder itself reads, to measure the time outside it."""
_TIMES = 3
"""Each question is asked so often, and the median counts: the records are read at the first."""
_FLAGS = ("ingest.batch=1000", "ingest.max_file=10000000000")
_DAYS = "Mon Tue Wed Thu Fri Sat Sun".split()
_MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()


def topics() -> list[str]:
    """The phrases that stand for topics, the commonest first; each of two words."""
    rng = random.Random(1)
    return [f"{_word(rng, 2)} {_word(rng, 3)}s" for _ in range(_TOPICS)]


def people() -> list[tuple[str, str]]:
    """Family and given names of the authors, those with the most papers first."""
    rng = random.Random(2)
    given = [_word(rng, 2).capitalize() for _ in range(500)]
    return [(_word(rng, 3).capitalize(), rng.choice(given)) for _ in range(40_000)]


def records(count: int, seed: int = 0) -> Iterator[dict[str, Any]]:
    """`count` made records in the shape of the dump, the same for the same `seed`."""
    rng = random.Random(seed)
    real = cases.papers(str(SAMPLE))
    sentences = [paper.abstract[a:b] for paper in real for a, b in text.sentences(paper.abstract)]
    words = [_word(rng, rng.randint(2, 4)) for _ in range(_WORDS)]
    common = list(accumulate(1 / (place + 20) for place in range(_WORDS)))
    authors, phrases = people(), topics()
    fame = list(accumulate(1 / (place + 50) for place in range(len(authors))))

    def swapped(sentence: str) -> str:
        *before, last = sentence.split()
        new = iter(rng.choices(words, cum_weights=common, k=len(before)))
        return " ".join([*(next(new) if rng.random() < _SWAPPED else word for word in before), last])

    def about() -> list[str]:
        # one draw a paper and topic would take most of the time
        return [phrase for place, phrase in enumerate(phrases) if rng.random() < _COMMONEST / (place + 1)]

    for number in range(count):
        own = [swapped(rng.choice(sentences)) for _ in range(rng.randint(*_SENTENCES))]
        found = about()
        for phrase in found:
            own.insert(rng.randrange(len(own)), f"We study {phrase} in {rng.choice(words)} settings.")
        title = swapped(rng.choice(real).title.rpartition(": ")[2]) + (f" for {found[0].title()}" if found else "")
        by = rng.choices(authors, cum_weights=fame, k=rng.randint(1, 6))
        year, month, day = 7 + number * 18 // count, rng.randint(1, 12), rng.randint(1, 28)
        published = rng.random() < 0.4
        created = f"{rng.choice(_DAYS)}, {day} {_MONTHS[month - 1]} 20{year:02} {rng.randrange(24):02}:17:02 GMT"
        versions = [{"version": f"v{place + 1}", "created": created} for place in range(rng.choice((1, 1, 1, 2, 3)))]
        yield {
            "id": f"{year:02}{month:02}.{number % 100_000:05}",
            "submitter": f"{by[0][1]} {by[0][0]}",
            "authors": ", ".join(f"{given} {family}" for family, given in by),
            "title": textwrap.fill(title, 70, subsequent_indent="  "),
            "comments": f"{rng.randint(5, 40)} pages, {rng.randint(1, 9)} figures",
            "journal-ref": f"{rng.choice(_JOURNALS)} {rng.randint(1, 99)} (20{year:02}) {rng.randint(1, 999)}"
            if published
            else None,
            "doi": f"10.{rng.randint(1000, 9999)}/made.{number}" if published else None,
            "report-no": None,
            "categories": " ".join(rng.sample(_CATEGORIES, rng.choice((1, 1, 2)))),
            "license": "http://arxiv.org/licenses/nonexclusive-distrib/1.0/",
            "abstract": f"  {textwrap.fill(' '.join(own), 76)}\n",
            "versions": versions,
            "update_date": f"20{year:02}-{month:02}-{day:02}",
            "authors_parsed": [[family, given, ""] for family, given in by],
        }


def _word(rng: random.Random, syllables: int) -> str:
    return "".join(rng.choice("bdfgklmnprstvz") + rng.choice("aeiou") for _ in range(syllables)) + rng.choice("lmnrst")


def questions() -> dict[str, list[str]]:
    """Questions by kind, for topics and authors from the commonest to the rarest."""
    about, by = topics(), [f"{given} {family}" for family, given in people()]
    paper = next(records(1))["id"]
    return {
        "list": [f"Which papers use {about[place]}?" for place in (0, 3, 12, 30, 60, 100, 200, 390)],
        "count": [f"How many papers mention {about[place]}?" for place in (1, 5, 15, 40, 80, 150, 300, 395)],
        "author": [f"papers by {by[place]}" for place in (0, 50, 500, 5000)] + ["papers by Ines Quarterdeck"],
        "venue": ["How many papers were published in Phys. Rev. D?", "Which papers appeared in Comput. Linguist.?"],
        "date": ["papers from 2012", "How many papers are from 2020?", "papers since 2023", "papers between 2010 and 2011"],
        "newest": ["What is the newest paper?", f"latest paper on {about[20]}", "oldest papers"],
        "library": ["What topics are covered?", "Which years do the papers cover?", "What is in the library?", "list all papers"],
        "field": [f"Who wrote {paper}?", f"When was {paper} published?"],
    }


class _Timed:
    """An embedder that counts the seconds in it, and those of the processor."""

    def __init__(self, real: Embedder) -> None:
        self._real = real
        self.name, self.fingerprint, self.window, self.scale = real.name, real.fingerprint, real.window, real.scale
        self.seconds = self.processor = 0.0

    def count(self, text: str) -> int:
        """The tokens in `text`."""
        return self._real.count(text)

    def query(self, question: str, parts: Sequence[tuple[int, int]] = ()) -> list[Query]:
        """The vectors of a question and its parts."""
        return self._real.query(question, parts)

    def chunks(self, titles: Sequence[str], chunks: Sequence[Chunk]) -> list[Embedding]:
        """The vectors of chunks."""
        began, used = time.perf_counter(), time.process_time()
        found = self._real.chunks(titles, chunks)
        self.seconds += time.perf_counter() - began
        self.processor += time.process_time() - used
        return found


def measure(count: int, home: Path, flags: Sequence[str] = ()) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Make a library of `count` records under `home`, where it is not there yet, and measure in processes of their own.

    Args:
        count: the records.
        home: the folder for the library and the file of records.
        flags: settings of the library; the share of the embedder is measured without them.

    Returns:
        What ingests cost, and a row for each kind of question.
    """

    def run(what: str, folder: str) -> dict[str, Any]:
        return child("eval.bench.dump", what, str(home / folder), str(count), *(flags if folder == "made" else ()))

    read = run("read", "read")
    if not (home / "made" / "library" / "CURRENT").exists():
        run("make", "made")
    again = run("again", "made")
    return read | again, run("ask", "made")["rows"]


def _write(file: Path, some: Iterable[dict[str, Any]]) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("w", encoding="utf-8") as lines:
        lines.writelines(json.dumps(each) + "\n" for each in some)


def _read(home: Path, flags: Sequence[str]) -> dict[str, Any]:
    """The time of an ingest outside the embedder that is shipped."""
    first, file = home / "first.jsonl", home / "dump.jsonl"
    made = records(_READ + 100)
    _write(first, islice(made, 100))
    _write(file, made)
    with Assistant.open(home, set=flags) as assistant:
        embedder = _Timed(assistant.embedder)
        take_in(assistant, first, embedder)  # what is imported and loaded
        embedder.seconds = embedder.processor = 0.0
        began, used = time.perf_counter(), time.process_time()
        take_in(assistant, file, embedder)
        whole, processor = time.perf_counter() - began, time.process_time() - used
    return {
        "records that the embedder reads": _READ,
        "seconds": whole,
        "share of the time outside the embedder": 1 - embedder.seconds / whole,
        "share of the processor time outside the embedder": 1 - embedder.processor / processor,
    }


def _again(home: Path, flags: Sequence[str]) -> dict[str, Any]:
    """Processor time of an ingest that changes nothing, and of one that has to read all records to find that."""
    file, taken = home / "dump.jsonl", home / "library" / "taken.json"
    figures: dict[str, Any] = {}
    for name in ("records unchanged, read", "records unchanged, known by the hash of the file"):
        if "read" in name:
            taken.unlink(missing_ok=True)
        with Assistant.open(home, set=[*_FLAGS, *flags]) as assistant:
            assistant.status()
            began = time.process_time()
            report = assistant.ingest(file)
            figures[f"{name}: ms of processor time a record"] = 1000 * (time.process_time() - began) / report.papers
    return {"records": report.papers} | figures


def _ask(home: Path, flags: Sequence[str]) -> dict[str, Any]:
    """Milliseconds of whole answers by kind of question, of the clock and of the processor."""
    rows: list[dict[str, Any]] = []
    times: dict[str, list[tuple[float, float]]] = {}
    with Assistant.open(home, set=[*_FLAGS, *flags]) as assistant:
        assistant.ask("Which papers use a made thing?")  # what is imported and loaded
        for kind, asked in questions().items():
            times[kind] = [_median(assistant, question) for question in asked]
    times["all"] = [each for own in times.values() for each in own]
    for kind, own in times.items():
        clock, processor = zip(*own, strict=True)
        row = {"kind": kind, "questions": len(own), "p50_ms": float(np.median(clock)), "longest_ms": max(clock)}
        rows.append(row | {"processor_p50_ms": float(np.median(processor)), "processor_longest_ms": max(processor)})
    return {"rows": rows}


def _median(assistant: Assistant, question: str) -> tuple[float, float]:
    """Milliseconds of the clock and of the processor, each the median of a few answers."""
    taken: list[tuple[float, float]] = []
    for _ in range(_TIMES):
        began, used = time.perf_counter(), time.process_time()
        assistant.ask(question)
        taken.append((time.perf_counter() - began, time.process_time() - used))
    clock, processor = np.median(taken, axis=0) * 1000
    return float(clock), float(processor)


def _make(home: Path, count: int, flags: Sequence[str]) -> dict[str, Any]:
    file = home / "dump.jsonl"
    _write(file, records(count))
    with Assistant.open(home, set=[*_FLAGS, *flags]) as assistant:
        take_in(assistant, file, Noisy(assistant.embedder))
    return {}


def _work(what: str, home: Path, count: int, flags: Sequence[str]) -> dict[str, Any]:
    match what:
        case "read":
            return _read(home, flags)
        case "make":
            return _make(home, count, flags)
        case "again":
            return _again(home, flags)
        case _:
            return _ask(home, flags)


if __name__ == "__main__":
    print(json.dumps(_work(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]), sys.argv[4:])))
