#!/usr/bin/env bash
# tokenizers 0.23.3: WordPieceTrainer learns another vocabulary each time, from the same texts in the same process.
#
# Pairs that occur equally often are merged in an order that differs from run to run, so the tokens themselves differ, not their
# ids alone. BpeTrainer, given the alphabet of bytes, writes the same file each time; UnigramTrainer keeps its tokens, and its file
# differs in the scores. Random numbers play no part, so no seed helps: a test, or a model trained on top, that needs the ids
# again has to keep the file of the tokenizer.
#
# Seen: wordpiece: 6 vocabularies of 6 / bpe: 1 of 6 / unigram: 1 of 6, in 6 files
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check tokenizers==0.23.3
"$folder/venv/bin/python" - <<'PYTHON'
import tokenizers
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, trainers

TEXTS = [
    "A kernel measures how similar samples are. The score is the effective number of distinct elements.",
    "Young bees sleep longer than old bees, and basalt is confused with gabbro most often.",
] * 3


def trained(kind):
    if kind == "wordpiece":
        made = Tokenizer(models.WordPiece(unk_token="[UNK]"))
        made.normalizer, made.pre_tokenizer = normalizers.BertNormalizer(), pre_tokenizers.BertPreTokenizer()
        trainer = trainers.WordPieceTrainer(vocab_size=200, special_tokens=["[UNK]"], show_progress=False)
    elif kind == "bpe":
        made = Tokenizer(models.BPE())
        made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
        alphabet = pre_tokenizers.ByteLevel.alphabet()
        trainer = trainers.BpeTrainer(vocab_size=400, special_tokens=["[UNK]"], initial_alphabet=alphabet, show_progress=False)
    else:
        made = Tokenizer(models.Unigram())
        made.pre_tokenizer = pre_tokenizers.Metaspace()
        trainer = trainers.UnigramTrainer(vocab_size=120, special_tokens=["[UNK]"], unk_token="[UNK]", show_progress=False)
    made.train_from_iterator(TEXTS, trainer)
    return frozenset(made.get_vocab()), made.to_str()


print("tokenizers", tokenizers.__version__)
counts = {}
for kind in ("wordpiece", "bpe", "unigram"):
    runs = [trained(kind) for _ in range(6)]
    counts[kind] = len({tokens for tokens, _ in runs}), len({file for _, file in runs})
    print(f"{kind}: {counts[kind][0]} vocabularies of 6, in {counts[kind][1]} files")
assert counts["wordpiece"][0] > 1, "WordPieceTrainer is steady now"
assert counts["bpe"] == (1, 1), "BpeTrainer is not steady"
assert counts["unigram"][0] == 1 and counts["unigram"][1] > 1, "UnigramTrainer differs"
PYTHON
