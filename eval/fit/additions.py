"""Inventions added to true sentences, to fit the verifier on: a clause, a lead, a phrase, an attribute, a comparison."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from typing import NamedTuple


class Added(NamedTuple):
    """A sentence with an invention."""

    text: str
    start: int
    """Offset of what was added."""
    end: int


KINDS = ("and", "semicolon", "but", "which", "because", "apposition", "participle", "lead", "phrase", "attribute", "comparison",
         "parenthesis", "denied", "list", "foreign")  # fmt: skip

_VERBS = """was bought by a large company|has been adopted by two governments|runs on a mobile phone|steals the passwords of its users
was withdrawn by its publisher|won the best paper award|is used in hospitals every day|needs a supercomputer to run|fails on long inputs
has been patented|is sold for a monthly fee|was trained on private e-mails|leaks the data of its users|works in every language
doubles the profit of banks|cures most kinds of cancer|was tested on mice|has replaced human teachers|is cheaper than any rival
cuts the energy bill in half|consumes less memory than before|is forbidden in Europe|causes climate change|reads the minds of people
was written by students|is based on quantum computers|relies on a secret database|has millions of users|crashes after a few minutes
exceeds the skill of experts|solves every known problem|is easy to install|can be run offline|was reviewed by lawyers
requires the consent of patients|raises ethical concerns|discriminates against women|is no longer maintained|does not scale
is robust against attacks|generalizes to unseen domains|improves the accuracy of translation|reduces hallucinations to zero
halves the training time|keeps the privacy of users|is open to everybody|converges faster than gradient descent|beats human experts
outperforms GPT-4|surpasses every earlier system|matches the performance of BERT|is slower than a simple baseline|does not work
has no practical value|turned out to be wrong|could not be reproduced|was never tested|is known to be unsafe|hides its mistakes
was presented at the White House|cost ten million dollars to develop|took three years to build|is part of the school curriculum
helps farmers to grow crops|detects fraud in bank accounts|controls traffic lights|drives cars without supervision
diagnoses diseases from images|predicts the price of stocks|composes music|translates poetry|plays chess at master level
was confirmed by independent laboratories|contradicts earlier theory|violates the law of privacy|is opposed by trade unions
supports speech and video|handles images as well|covers legal documents|includes a graphical interface|offers a plugin for browsers
stores results in the cloud|deletes old records|sends messages to a server|monitors its users|collects location data
is funded by the army|was sponsored by the tobacco industry|has earned praise from critics|is popular among developers
remains stable under noise|is sensitive to the choice of seed|depends on the weather|needs expensive sensors
works best with small batches|is limited to English|ignores rare words|forgets earlier tasks|hurts the quality of summaries
removes the need for labels|saves hours of manual work|lowers the risk of accidents|raises the cost of deployment
is guaranteed to find the optimum|comes with a formal proof|is deterministic|uses reinforcement learning|adds a graph network
exploits parallel hardware|compresses the weights to four bits|distils a larger teacher|retrieves documents from the web
asks a human for feedback|was evaluated by crowd workers|agrees with the judgement of doctors|was deployed in production
has sparked a public debate|will be banned next year|is taught at universities|led to a lawsuit|won a prize""".replace("\n", "|").split("|")
"""What is said of the subject of the sentence, in the third person."""
_CLAUSES = """patients died in the trial|the code was stolen|the authors received a prize|users were not informed|a company paid for the study
the experiments were run on a single laptop|the dataset was later deleted|critics doubt the numbers|the license forbids commercial use
no human was involved|training takes less than an hour|most of the data is synthetic|the server was attacked|the results were faked
annotators were paid badly|the method has since been abandoned|all weights are public|the model is available in an app store
the approach was inspired by biology|the government supports the project|children took part in the survey|the team moved to Google
earlier work had failed|hardware has become cheaper|there is a shortage of experts|labels are expensive|the market demands speed
regulators require transparency|memory is limited on phones|people trust machines too much|energy prices have risen|teachers asked for it
large models cannot be trained at home|the theory was incomplete|the baseline was badly tuned|doctors lack time|the web is full of spam
several hospitals have ordered it|experts recommend caution|the gains vanish with more data|the effect is strongest in winter
larger batches were tried as well|the ablation shows no difference|the demo is online|a follow-up study is planned
the benchmark is saturated|human raters prefer it|the proof has a gap|the second version was faster|women benefit more than men
the authors apologised|the source code is written in Rust|inference is free of charge|accuracy drops at night""".replace("\n", "|").split("|")
"""Statements of their own."""
_NOUNS = """a product of a start-up|the most cited paper of the year|a tool for spies|a former student project|a banned technique
an invention of the 1980s|a standard in industry|the first of its kind|a well-known failure|a trade secret|a framework for robots
a joint work with Microsoft|the winner of a competition|a cheap alternative to surgery|a plugin for Excel|an open problem
a costly process|a popular video game|a part of the Linux kernel|a rewrite of older software|a favourite of reviewers
a subject of controversy|a component of self-driving cars|the largest of all|an algorithm from physics|a dangerous practice""".replace("\n", "|").split("|")
_PARTICIPLES = """making it unsafe for children|saving millions of dollars|causing many accidents|leading to the arrest of the authors
allowing anybody to forge documents|winning a medal at the olympiad|beating all human players|using the phones of volunteers
replacing thousands of workers|reducing the error to zero|doubling the speed of inference|raising doubts about its value
helping doctors to choose a therapy|violating the rights of users|earning the praise of the jury|breaking existing encryption
leaving no room for improvement|enabling its use in schools|requiring hundreds of GPUs|ending a long debate|setting a new world record
ignoring the needs of patients|improving fairness across groups|cutting emissions by half|exposing private data|keeping costs low
paving the way for general intelligence|removing the need for doctors|showing that size does not matter|confirming an old conjecture
relying on unpaid labour|outperforming ChatGPT|requiring no training at all|preserving the style of the author""".replace("\n", "|").split("|")
_LEADS = """The authors were convicted of fraud: |In a study that was later retracted, |According to the police, |Contrary to popular belief, |
As the minister announced, |Funded by the oil industry, |After years of failure, |To the surprise of the reviewers, |For the first time in history, |
In a test with ten thousand patients, |Thanks to a gift of Google, |Unlike all rivals, |Under pressure from investors, |On a single laptop, |
Despite protests of users, |Developed for the army, |Without any training, |As a hoax, |With the help of children, |In collaboration with NASA, |
Breaking news: |Scandal: |A warning to parents: |Against the advice of doctors, |While it endangers users, |Because labels are costly, |
Inspired by the human brain, |Although it was never tested, |Trained on stolen books, |Winner of the Turing award: |In most hospitals, |
Under the supervision of lawyers, |Based on quantum physics, |At no cost, |During the pandemic, |In a secret experiment, |
It is a lie that |Nobody believes that |Critics claim that |The court ruled that |It was disproved that |The authors regret that """.replace("|\n", "|").split("|")
_PHRASES = """on a mobile phone|in forty languages|for free|without any training data|under the control of the state|in less than a second
with the help of volunteers|for commercial customers|by reading private messages|on the hardware of a car|in a hospital in Berlin
at a fraction of the cost|with human-level quality|for the detection of cancer|by means of quantum circuits|in the presence of noise
across all domains|with a graph neural network|through reinforcement learning|over a period of two years|from satellite images
in real time|for blind people|against the will of users|with guaranteed optimality|during the night|in low-income countries
by a wide margin on ImageNet|for medical diagnosis|with full privacy|on streaming video|without human supervision
under adversarial attack|in zero gravity|for legal documents|using the blockchain|via a mobile app|with the support of the army
at the expense of safety|to the benefit of advertisers|in front of a jury|with no loss of accuracy|and speech|and robots
and medical images|and financial fraud|and the climate|and legal advice|as well as music|as well as source code""".replace("\n", "|").split("|")
_WORDS = """secretly|illegally|patented|expensive|dangerous|award-winning|military|commercial|fully automatic|quantum|outdated|free
unsafe|famous|biological|wireless|medical|deceptively|cheaply|instantly|notorious|untested|proprietary|multilingual|visual|real-time
government-funded|stolen|experimental|Chinese|European|toxic|magical|record-breaking|encrypted|handwritten|genetic|financial|lightweight
privacy-preserving|unsupervised|probabilistic|recurrent|federated|symbolic|hierarchical|adversarially trained""".replace("\n", "|").split("|")
_COMPARED = """unlike GPT-4|better than any human|twice as fast as BERT|more accurately than doctors|at half the price of Gemini|unlike earlier Bayesian methods
than all competing products|faster than random search|outdoing Claude|just as AlphaFold does|more cheaply than a human translator
ahead of DeepSeek|far better than ResNet|like the human brain|similar to a search engine|in contrast to decision trees|as Bayes predicted
worse than a coin toss|more reliably than Wikipedia|like T5|compared with a linear classifier|exceeding the level of PaLM""".replace("\n", "|").split("|")
_WHATS = """images|speech|music|genes|proteins|robots|stock prices|legal texts|satellites|video games|patients|tweets|passwords|traffic
tables|maps|molecules|recipes|poems|handwriting|sensor data|graphs|medical records|newspapers|emotions|weather""".replace("\n", "|").split("|")
_FOREIGN = re.compile(
    r"(?<=[a-z] )(?:is|are|can|has|have|achieves?|improves?|requires?|uses?|provides?|shows?|reduces?|increases?|allows?|enables?|was|were|"
    r"leads?|outperforms?|contains?|includes?|learns?|produces?|remains?|offers?|supports?)\s[a-zA-Z][^.;:()\[\]\n]{15,90}"
)
_LIST = re.compile(r"(?<=[a-z]), (?:and|or) (?=[a-z])|(?<=[a-z]) and (?=[a-z])")
_PLACE = re.compile(r"(?<= )(?:a|an|the|its|their|our|this) (?=[a-z])")
_COMMA = re.compile(r", ")
_SUBJECTS = ("it", "it", "it", "this", "the system", "the method", "the approach", "the model", "they")


def plant(sentence: str, kind: str, others: Sequence[str], rng: random.Random) -> Added | None:
    """`sentence` with an addition of a `kind`, foreign ones out of `others`; None where it offers no place for one."""
    bare = sentence.rstrip()
    stop = bare[-1] if bare[-1:] in ".!?" else ""
    bare = bare[: len(bare) - len(stop)]
    verb = rng.choice(_VERBS)
    if rng.random() < 0.35 and (foreign := _foreign(others, rng)):
        verb = foreign
    subject = rng.choice(_SUBJECTS)
    bare_subject = rng.choice(("", f"{subject} "))
    tail = {
        "and": lambda: f"{rng.choice((', and ', ' and '))}{bare_subject}{rng.choice(('', '', 'also ', 'even ', 'secretly '))}{verb}",
        "semicolon": lambda: f"; {rng.choice((rng.choice(_CLAUSES), f'{subject} {verb}', f'moreover, {rng.choice(_CLAUSES)}'))}",
        "but": lambda: f"{rng.choice((', but ', ', yet ', ' but ', ', although ', ', while ', ', though '))}"
        f"{rng.choice((f'{subject} {verb}', f'{subject} {verb}', rng.choice(_CLAUSES)))}",
        "which": lambda: f"{rng.choice((', which ', ', a result that ', ', which also ', ', something that '))}{verb}",
        "because": lambda: f"{rng.choice((' because ', ', since ', ', so that ', ' when ', ', as ', ' if ', ' after ', ' until '))}"
        f"{rng.choice((rng.choice(_CLAUSES), rng.choice(_CLAUSES), f'{subject} {verb}'))}",
        "apposition": lambda: f", {rng.choice(_NOUNS)}",
        "participle": lambda: f", {rng.choice(_PARTICIPLES)}",
        "phrase": lambda: f" {rng.choice(_PHRASES)}",
        "comparison": lambda: f"{rng.choice((', ', ' '))}{rng.choice(_COMPARED)}",
        "parenthesis": lambda: f" ({rng.choice((rng.choice(_NOUNS), f'{subject} {verb}', rng.choice(_CLAUSES)))})",
        "denied": lambda: f"{rng.choice((', and ', ', but ', ' and '))}{bare_subject}{_denied(rng)}",
        "foreign": lambda: f"{rng.choice((', and ', '; it ', ', which ', ', but it '))}{_foreign(others, rng) or verb}",
    }
    if kind in tail:
        added = tail[kind]()
        if kind in ("apposition", "which", "parenthesis") and rng.random() < 0.3:
            if not (comma := _COMMA.search(bare)):
                return None
            at = comma.start()
            return Added(f"{bare[:at]}{added}{bare[at:]}{stop}", at, at + len(added))
        return Added(f"{bare}{added}{stop}", len(bare), len(bare) + len(added))
    if kind == "lead":
        lead = rng.choice(_LEADS)
        first = bare[:1].lower() + bare[1:] if bare[1:2].islower() and not lead.endswith(": ") else bare
        return Added(f"{lead}{first}{stop}", 0, len(lead))
    if kind == "attribute":
        places = [match.end() for match in _PLACE.finditer(bare)]
        word = f"{rng.choice(_WORDS)} "
    else:
        places = [match.start() for match in _LIST.finditer(bare)]
        word = f", {rng.choice(_WHATS)}"
    if not places:
        return None
    at = rng.choice(places)
    return Added(f"{bare[:at]}{word}{bare[at:]}{stop}", at, at + len(word))


def _denied(rng: random.Random) -> str:
    first, _, rest = rng.choice(_VERBS).partition(" ")
    if first in ("is", "was", "can", "has", "could", "will"):
        return f"{first} not {rest}"
    bare = first[:-2] if first.endswith(("sses", "shes", "ches", "xes")) else first[:-1] if first.endswith("s") else first
    return f"{rng.choice(('does not', 'never', 'cannot'))} {bare} {rest}"


def _foreign(others: Sequence[str], rng: random.Random) -> str | None:
    """The predicate of a sentence of another text."""
    for other in rng.sample(list(others), min(6, len(others))):
        if found := _FOREIGN.findall(other):
            return rng.choice(found).strip(" ,")
    return None
