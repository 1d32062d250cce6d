"""The names of a type that a paper gives: data sets, benchmarks, models, devices, and what a noun of the column heads."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from assistant import text
from assistant.table.abstracts import Abstract, Line
from assistant.table.columns import Asked
from assistant.text.terms import terms


class Names(NamedTuple):
    """The names that answer a column, all of one sentence."""

    line: Line
    names: tuple[str, ...]


_WORD = r"[a-z]*\d*[A-Z][\w.+*@'’/^-]{0,60}(?<!\.)"
_NUMBER = r"\d(?!\d*[A-Z])[\w.]{0,20}(?![\w.]{0,20}%)"
_PART = rf"[ ](?:(?:(?:of|for|the)[ ])?{_WORD}|{_NUMBER})"
# A text has one reading as words and items: with more, the time to refuse a list doubles by each item.
NAME = rf"{_WORD}(?:{_PART}|[ ]and the[ ]{_WORD}){{0,4}}"
"""A name: words that begin with a capital or hold one, with their numbers."""
_ITEM = rf"(?:the |a |an |our )?{_WORD}(?:{_PART}){{0,4}}(?: \d+(?:\.\d+)?%)?"
_LIST = rf"{_ITEM}(?:,? (?:and|or|&) {_ITEM}|, {_ITEM}){{0,12}}"
_FRESH = r"(?:(?<![A-Za-z0-9])|(?<=\d)(?=[a-z]))"
"""Where a word may begin that no earlier letter belongs to."""
_LEAD = frozenset(
    """the we our this these those it its in on for with a an and but to from by at as of using starting experiments results tests
    models methods while when where based beyond across among both however moreover furthermore finally first second here such
    comprehensive extensive empirically theoretically notably given unlike llm llms ai rl qa nlp sota state""".split()
)
"""Words with a capital that open a sentence, and acronyms of the field that name nothing of a type."""

_MODEL = re.compile(
    r"(?<![\w-])(?:(?:DeepSeek|ChatGPT|GPT|LLaMA|Llama|Qwen|QVQ|QwQ|Mistral|Mixtral|Pixtral|Ministral|Gemma|Gemini|Claude|Phi|Grok"
    r"|PaLM|OPT|BLOOM|Falcon|Vicuna|Alpaca|InternLM|InternVL|ChatGLM|GLM|Baichuan|OLMo|Pythia|Mamba|RWKV|T5|FLAN|Flan|Clinical-T5"
    r"|UL2|BART|BERT|RoBERTa|DeBERTa|XLNet|ELECTRA|CLIP|ALIGN|BLIP|LLaVA|ViT|ResNet|MobileNet|SAM|Whisper|Codex|StarCoder|CodeLlama"
    r"|Kimi|Janus|Command|Nemotron|Skywork|Zephyr|Tulu|Orca|Minerva|Galactica|Swin|DINO\w{0,20})(?>[- ]?(?:v?\d[\w.]*|R1|Base|base"
    r"|Distill"
    r"|Coder|Math|Instruct|Chat|Turbo|Large|XL|XXL|Small|Flash|Prover|Pro|Ultra|Opus|Sonnet|Haiku|Experimental|Preview|VL|UL2|Plus"
    r"|Mini|Nano|Janus|Qwen|Llama|[a-z]*-?\d+(?:\.\d+)?[BMbm]))*|o[134](?:-(?:mini|preview|high|pro))?)(?![\w])"
)
_KNOWN: dict[str, re.Pattern[str]] = {
    "metric": re.compile(
        r"\b(?:ROUGE(?:-[\w]+)?|BLEU(?:-\d)?|BERTScore|METEOR|MAUVE|CIDEr|SPICE|chrF|COMET|F1(?: score)?|F-score|AUROC|AUC(?:-ROC)?"
        r"|ROC-AUC|MRR|nDCG(?:@\d+)?|NDCG(?:@\d+)?|mAP|IoU|mIoU|Dice(?: similarity)?(?: score| coefficient)?|PSNR|SSIM|FID"
        r"|LPIPS|WER"
        r"|CER|[Pp]ass@\w+|RMSE|MSE|MAE|R2|Hausdorff distance|perplexity|[Cc]osine similarity|Spearman\w*|Pearson\w*|Elo)(?!\w)"
    ),
    "optimizer": re.compile(
        r"\b(?:AdamW?|SGDM?|signSGD|RMSProp|Adagrad|AdaGrad|Adafactor|Lion|Muon|Shampoo|SOAP|Sophia|K-FAC|L-BFGS|LAMB)\b"
    ),
    "hardware": re.compile(
        r"\b(?:(?:NVIDIA |NVidia |Nvidia )?(?:[AHVBPT]\d{2,3}|RTX ?\w+|GTX ?\w+|Titan \w+|Tesla \w+|Jetson \w+)(?:s|\sGPUs?)?"
        r"|TPU(?:v\d\w*| v\d\w*)?s?|(?:a |one |two |four |eight |\d+ |single )?(?:consumer-grade |single )?(?:GPU"
        r"|CPU)s?(?:-only laptop)?"
        r"|ARM|Qualcomm \w+|Snapdragon \w+|Xeon|EPYC|Raspberry Pi(?: \d)?|FPGAs?|Loihi ?\d?|Apple M\d)\b"
    ),
    "license": re.compile(
        r"\b(?:MIT|Apache(?:-2\.0| 2\.0)?|BSD(?:-\d-Clause)?|GPL(?:v\d)?|LGPL|CC[ -]BY(?:[ -]\w+)*(?: \d\.\d)?|CC0)\b"
        r"(?=[^.]{0,30}licen[sc]e|[- ]|$)"
    ),
    "assistant": re.compile(
        r"\b(?:Lean ?4?|Coq|Rocq|Isabelle(?:/HOL)?|HOL(?:4| Light)?|Metamath|MetaMath|Agda|Mizar|Dafny|ACL2|PVS)\b(?!-)"
    ),
    "language": re.compile(
        r"\b(?:English|Chinese|Mandarin|French|German|Spanish|Portuguese|Italian|Dutch|Russian|Arabic|Hindi|Japanese|Korean"
        r"|Vietnamese"
        r"|Indonesian|Turkish|Polish|Swahili|Bengali|Thai|Hebrew|Persian|Ukrainian|Czech|Greek|Latin|Python|Java|JavaScript"
        r"|TypeScript|C\+\+|Rust|Verilog|SQL|Haskell)(?!\w)"
    ),
}
"""Names of a type that papers give without the noun of the type."""
_NOUNS: dict[str, str] = {
    "dataset": r"data ?sets?|corpus|corpora|collection|database|test set|dump|notes|training data|(?:multi-\w+ )?benchmark",
    "benchmark": r"benchmarks?|leaderboards?|test ?beds?|evaluation suite|suite",
    "method": r"frameworks?|methods?|approach|system|model|pipeline|algorithm|architecture|technique|tool\w*|paradigm",
}
"""Nouns that a type is named by."""
_EVALUATED = re.compile(
    r"(?i)\b(?:evaluat\w*|experiment\w*|result\w*|test\w*|outperform\w*|surpass\w*|state[- ]of[- ]the[- ]art|sota|benchmark\w*"
    r"|perform\w*"
    r"|accuracy|score\w*|achiev\w*|attain\w*|reach\w*|solv\w*|prov\w+|improv\w*|retain\w*|competitive)\b"
)
_ON = re.compile(
    rf"(?:\b(?:[Oo]n|[Aa]cross)|%\s(?:of|on)|\btheorems (?:of|in))\s(?:the\s)?({_LIST})"
    r"(?=[.,;:)]|\s\(|\s(?:datasets?|benchmarks?|test|validation|with|and|by|when|while|verify|show|demonstrate|using|in|at|to|from"
    r"|for|under|over|without)\b|$)"
)
_FROM = re.compile(
    rf"\b(?:extracted|collected|crawled|gathered|sourced|notes|records|data|papers|articles|reviews|posts|images)"
    rf"\s(?:from|in|of|on)\s(?:the\s)?({NAME}(?:\s\([\w-]+\)[\w-]*)?)"
)
_INTRODUCED = re.compile(
    r"(?i)\b(?:introduc|propos|present|releas|develop|creat|build|construct|curat|publish|collect|defin|describ|call|nam|dub"
    r"|establish|offer"
    r"|provid|devis|assembl|design|is|are)\w*"
)
_APART = re.compile(r",\s*(?:and|or)?\s*|\s(?:and|or|&)\s")


def names(abstract: Abstract, asked: Asked) -> Names | None:
    """The names of a paper that a column asks for; None where the paper gives none."""
    match asked.type:
        case "model" | "base":
            return _models(abstract, asked.type)
        case "metric" | "optimizer" | "hardware" | "license" | "assistant" | "language":
            return _known(abstract, asked.type)
        case "method":
            return _own(abstract)
        case "dataset" | "benchmark":
            return _typed(abstract, asked)
        case _:
            return _headed(abstract, asked)


def _clean(found: Iterable[str]) -> tuple[str, ...]:
    """Names without articles, words that open a sentence, and nouns that follow, each once."""
    kept: dict[str, str] = {}
    for name in found:
        words = name.strip(" ,;:()").split()
        while words and (words[0].lower() in _LEAD or words[0] in ("A", "An")):
            words.pop(0)
        while words and words[-1].lower() in _LEAD | {"model", "models", "dataset"}:
            words.pop()
        while words and re.fullmatch(r"\d+(?:\.\d+)?%?", words[-1]) and len(words) > 1 and "." in words[-1]:
            words.pop()
        written = " ".join(words).removesuffix("'s").removesuffix("’s").rstrip(".,'’-")
        if written and not written.isdigit() and text.fold(written) not in _LEAD:
            kept.setdefault(text.fold(written), written)
    return tuple(kept.values())


def _split(listed: str) -> list[str]:
    return [part for part in _APART.split(listed) if part]


def _best(found: list[tuple[float, Line, tuple[str, ...]]], least: float = 0.0) -> Names | None:
    """The names that the sentence which ranks highest asserts, the first of equals."""
    stated = [(rank, line, tuple(filter(line.asserts, own))) for rank, line, own in found]
    held = [one for one in stated if one[2] and one[0] > least]
    if not held:
        return None
    _, line, own = max(held, key=lambda one: one[0])
    return Names(line, own)


def _known(abstract: Abstract, kind: str) -> Names | None:
    pattern = _KNOWN[kind]
    found: list[tuple[float, Line, tuple[str, ...]]] = []
    for line in abstract.lines:
        written = _clean(match.group() for match in pattern.finditer(line.text))
        found.append((len(written) - 0.5 * bool(_BEHIND.search(line.text)), line, written))
    return _best(found, 0.6 if kind == "metric" else 0.0)


_TRAINS = re.compile(
    r"(?i)\b(?:train\w*|fine-?tun\w*|distill\w*|base|backbone\w*|instantiat\w*|built on|based on|initiali[sz]\w*|pre-?train\w*"
    r"|adapt\w*"
    r"|couples?|appl\w+|using|use[sd]?|with)\b"
)
_WORDS = frozenset(
    "Phi OPT SAM Command Orca Minerva Galactica Falcon Janus ALIGN Codex Kimi Mamba DINO Swin Gemini Whisper".split()
)
"""Names of models that are words, or names of other things too; alone in a sentence they are not told."""
_TESTS = re.compile(
    r"(?i)\b(?:evaluat\w*|assess\w*|test\w*|examin\w*|includ\w*|given to|compar\w*|study|experiment\w*|across|investigat\w*)\b"
)
_RIVALS = re.compile(
    r"(?i)\b(?:outperform\w*|surpass\w*|exceed\w*|beat\w*|than|ahead of|over|compared (?:to|with)|against|comparable to|like|unlike"
    r"|such as|similar)\s[^.;]{0,60}$"
)


def _models(abstract: Abstract, kind: str) -> Names | None:
    cue = _TRAINS if kind == "base" else _TESTS
    found: list[tuple[float, Line, tuple[str, ...]]] = []
    for line in abstract.lines:
        own = [match for match in _MODEL.finditer(line.text) if not _RIVALS.search(line.text[: match.start()])]
        written = _clean(match.group() for match in own)
        cued = bool(cue.search(line.text))
        if len(written) == 1 and written[0] in _WORDS:
            continue
        told = (cued or (kind == "model" and len(written) > 1)) and not (kind == "base" and _BEHIND.search(line.text))
        if told:
            found.append((len(written), line, written))
    return _best(found)


def _own(abstract: Abstract) -> Names | None:
    """The name of what a paper introduces: that before the colon of its title, else one that a sentence introduces."""
    head, colon, _ = abstract.title.partition(":")
    if colon and len(head.split()) <= 3 and _named(head):
        for line in sorted(abstract.lines, key=lambda line: not _INTRODUCES.search(line.text)):
            if text.fold(head) in line.folded:
                return Names(line, (head.strip(),))
    for line in abstract.lines:
        if match := _INTRODUCES.search(line.text):
            behind = line.text[match.end() : match.end() + 160]
            if own := _OWN.match(behind) or _SHORTENED.match(behind) or _CALLED.search(behind):
                written = [
                    one
                    for one in _clean(filter(None, own.groupdict().values()))
                    if _is_set(one) and not _KNOWN["metric"].match(one)
                ]
                if written and _marked(written[0]):
                    return Names(line, (written[0],))
    return None


_INTRODUCES = re.compile(
    r"\b(?:[Ww]e|[Tt]his (?:paper|work|study|report|research)|[Oo]ur|[Hh]ere|[Ii]n this \w+)\b[^.;]{0,60}?"
    r"\b(?:propos|introduc|present|develop|releas|creat|build|call|offer|design|unify|unif|describ|devis)\w*"
)
_OWN = re.compile(rf"\s(?:the |a |an |our |them in |with |it |in )?(?P<name>{NAME})")
_SHORTENED = re.compile(r"\s(?:(?!that\b|as\b|of\b|for\b|to\b)[\w-]+\s){1,8}\((?P<short>[A-Z][\w-]+)\)(?!-)")
_CALLED = re.compile(
    r"\b(?:called|named|termed|dubbed|framework|method|algorithm|model|approach|system|metric),?\s(?:called |named )?(?:the )?"
    rf"(?P<name>{NAME})"
)


def _named(name: str) -> bool:
    """Whether a word is written as a name: inner capitals, figures, or capitals alone."""
    return _marked(name) or (name[:1].isupper() and len(name) > 3)


def _marked(name: str) -> bool:
    """Whether a word is surely a name: inner capitals, figures, capitals alone, or several words with capitals."""
    return bool(re.search(r"[a-z0-9][A-Z]|[A-Z]{2,}|[A-Z][a-z]*\d|\d[A-Z]", name)) or len(re.findall(r"\b[A-Z]", name)) > 1


def _patterns(noun: str) -> list[tuple[float, re.Pattern[str]]]:
    """How names stand beside a noun, each with its rank: "X, a data set", "a data set, X", "data sets such as X"."""
    called = r"(?: (?:called|named|termed|dubbed)|, (?:called|named|termed)?) ?"
    listing = r"\s?,? ?(?:such as|like|including|namely|e\.g\.,?|:|\()\s?(?:the )?"
    between = r"(?:\s(?!(?:on|of|in|for|from|with|by|to|and|as|over|is|are|was)\b)[a-z-]+){0,2}"
    return [
        (3.0, re.compile(rf"{_FRESH}(?P<names>{NAME}), (?:an?|the|our) (?:[\w’'-]+ ){{0,9}}?(?:{noun})\b")),
        (3.0, re.compile(rf"\b(?:{noun}){called}(?P<names>{NAME})(?=[,.;:]| \(| which| that| consist|$)")),
        (2.5, re.compile(rf"\b(?:{noun}){listing}(?P<names>{_LIST})")),
        (2.6, re.compile(rf"\b(?:{noun})\s(?P<names>{_LIST})")),
        (2.0, re.compile(rf"{_FRESH}(?P<names>{_LIST}){between}\s(?:{noun})\b")),
    ]


def _typed(abstract: Abstract, asked: Asked) -> Names | None:
    """Names of data sets or benchmarks: those beside such a noun, and those that something is evaluated on."""
    noun = _NOUNS[asked.type]
    if asked.type == "dataset" and re.search(r"evaluat|test", asked.name.lower()):
        noun = f"{noun}|benchmarks?"
    patterns = _patterns(noun)
    found: list[tuple[float, Line, tuple[str, ...]]] = []
    for line in abstract.lines:
        own: list[str] = []
        rank = 0.0
        for weight, pattern in patterns:
            for match in pattern.finditer(line.text):
                written = [one for one in _clean(_split(match["names"])) if _is_set(one) and (weight > 2 or _marked(one))]
                own += written
                rank = max(rank, weight) if written else rank
        extra = [one for match in _ON.finditer(line.text) for one in _clean(_split(match[1])) if _is_set(one)]
        if extra and _EVALUATED.search(line.text):
            own += extra
            rank = max(rank, 1.5 + 0.5 * any(quantity.kind == "share" for quantity in line.quantities))
        if not own and asked.type == "dataset":
            own += [one for match in _FROM.finditer(line.text) for one in _clean([match[1]]) if _is_set(one)]
            rank = 1.2 if own else rank
        if _INTRODUCED.search(line.text) and rank >= 2:
            rank += _MARK
        own = [one for one in _clean(own) if not _is_other(one, abstract, noun)]
        found.append((rank - 1.0 * bool(_BEHIND.search(line.text)) * (line.place < 0.5), line, tuple(own)))
    if best := _best(found, _SURE):
        return best
    made = _own(abstract) if asked.type == "dataset" and _MENTIONED.search(_whole(abstract)) else None
    if made and _COLLECTS.search(made.line.text):
        return made
    head, colon, rest = abstract.title.partition(":")
    if colon and re.search(rf"(?i)\b(?:{noun})", rest) and _named(head):
        line = next((line for line in abstract.lines if text.fold(head) in line.folded), None)
        return Names(line, (head.strip(),)) if line else None
    return None


_MARK = 0.3
"""A sentence that introduces something ranks higher by this."""
_BEHIND = re.compile(
    r"(?i)\b(?:have led|breakthrough|existing|previous\w*|recent\w*|such as|beyond|however|popular|widely used|traditionally"
    r"|typically)\b"
)


def _is_other(name: str, abstract: Abstract, noun: str) -> bool:
    """Whether a name is that of something else: the method of the paper, a concept that the abstract spells out."""
    written = re.escape(name)
    if re.search(rf"{written}\s\([A-Z][\w-]*\)(?!\s(?:{noun}|[Dd]ataset|[Bb]enchmark|-))", _whole(abstract)):
        return True
    head, colon, rest = abstract.title.partition(":")
    if colon and text.fold(name) == text.fold(head) and not re.search(rf"(?i)\b(?:{noun})", rest):
        beside = rf"{written}[^.]{{0,60}}?\b(?:{noun})\b|\b(?:{noun})\b[^.]{{0,30}}{written}"
        return not re.search(beside, _whole(abstract))
    spelled = re.search(
        rf"[a-z)]\s\({written}s?\)|[A-Z][\w-]{{1,60}}\s\({written}s?\)(?!\s(?:{noun}|[Dd]ataset|[Bb]enchmark))", _whole(abstract)
    )
    return bool(spelled) and not re.search(rf"(?i)\b(?:{noun})s? \({written}\)|\({written}\) (?:{noun})", _whole(abstract))


_SURE = 1.15
"""Names of a sentence of a lower rank are not told."""
_COLLECTS = re.compile(r"(?i)\b(?:compris\w*|contain\w*|consist\w*|collect\w*|compos\w*|hold\w*|curat\w*)\b")
_MENTIONED = re.compile(r"(?i)\b(?:our|the|this|new|other) (?:\w+ )?data ?sets?\b")


def _whole(abstract: Abstract) -> str:
    return " ".join(line.text for line in abstract.lines)


def _is_set(name: str) -> bool:
    """Whether a name may be that of a data set: written as a name, and no model, device or optimizer."""
    if re.search(r"^\d+[A-Z]?\b(?:/|$)|-[a-z]+$|^Macro", name):
        return False
    return _named(name) and not _MODEL.fullmatch(name) and not any(pattern.fullmatch(name) for pattern in _KNOWN.values())


def of_type(names: Sequence[str], asked: Asked) -> bool:
    """Whether names may be of the type that a column asks for; True where the type is a noun of the column."""
    match asked.type:
        case "model" | "base":
            return all(map(_MODEL.search, names))
        case "dataset" | "benchmark":
            return any(map(_is_set, names))
        case "method" | "":
            return True
        case kind:
            return all(map(_KNOWN[kind].search, names))


def _headed(abstract: Abstract, asked: Asked) -> Names | None:
    """Names beside the noun of the column: "several games (Kuhn Poker, TicTacToe)", "the knowledge graph SPOKE"."""
    if not asked.nouns or len(asked.nouns[-1]) < 3:
        return None
    head = re.escape(asked.nouns[-1].removesuffix("s"))
    others = [stem for word in asked.nouns[:-1] for stem in terms(word)]
    found: list[tuple[float, Line, tuple[str, ...]]] = []
    patterns = _patterns(rf"{head}s?")[1:4]  # beside the noun, not before it: any name may be
    for line in abstract.lines:
        if any(stem not in line.stems for stem in others):
            continue
        for weight, pattern in patterns:
            for match in pattern.finditer(line.text):
                written = tuple(one for one in _clean(_split(match["names"])) if _named(one) or " " in one)
                found.append((weight, line, written))
    return _best(found)
