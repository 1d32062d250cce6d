#!/usr/bin/env bash
# xllamacpp 2026.10.11549: json_schema_to_grammar gives a grammar of llguidance (Lark), not llama.cpp's GBNF.
#
# The docstring says "a llama.cpp grammar string". The wheel is built with llguidance, so the string opens with "%llguidance"
# and hands the schema on whole, where GBNF would have a rule "root ::= ...". Code that looks for GBNF rules in the string,
# joins them with rules of its own, or stores them for another build of llama.cpp, breaks.
#
# Seen: %llguidance {} / start: %json {"type":"object",...}
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check xllamacpp==2026.10.11549
"$folder/venv/bin/python" - <<'PYTHON'
import json
from importlib.metadata import version

import xllamacpp

schema = {"type": "object", "properties": {"answerable": {"type": "boolean"}}, "required": ["answerable"]}
grammar = xllamacpp.json_schema_to_grammar(json.dumps(schema))
print("xllamacpp", version("xllamacpp"))
print(grammar)
assert "llama.cpp grammar string" in (xllamacpp.json_schema_to_grammar.__doc__ or ""), "the docstring changed"
assert grammar.startswith("%llguidance") and "%json" in grammar, "another kind of grammar"
assert "::=" not in grammar, "rules of GBNF"
PYTHON
