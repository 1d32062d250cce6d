# `make ask Q="..."` and `make test` work in a fresh clone with nothing but Python >= 3.11.

PYTHON ?= $(shell for p in python3.13 python3.12 python3.11 python3; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
BIN := .venv/bin
export Q ARGS
# some machines set PYTHONDONTWRITEBYTECODE; each process would compile all packages again, for 15 seconds
export PYTHONDONTWRITEBYTECODE :=

.PHONY: help ask ask-model model mpnet chat quick test check docs gate eval-model lock clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/'

ask: $(BIN)/assistant ## answer a question: make ask Q="What does LeanDojo offer?"
	@$(BIN)/assistant ask "$$Q"

model: $(BIN)/assistant ## download the packaged language model, 1.1 GB, into the cache folder
	@$(BIN)/assistant models --get packaged

mpnet: $(BIN)/assistant ## download the encoder all-mpnet-base-v2, 0.4 GB, into the cache folder
	@$(BIN)/assistant models --get mpnet

ask-model: $(BIN)/assistant ## have that model write the answer: make ask-model Q="What does LeanDojo offer?"
	@$(BIN)/assistant ask "$$Q" --set model.gguf=packaged --set answer.writer=model

chat: $(BIN)/assistant ## open the page: make chat, or make chat ARGS="--port 8000 --mcp"
	@$(BIN)/assistant chat $$ARGS

quick: $(BIN)/assistant ## run the tests that take no processes, servers or browser: a minute on two idle cores
	$(BIN)/python -m pytest -q -n auto --dist loadfile -m "not slow"

test: $(BIN)/assistant ## run the tests, with branch coverage
	$(BIN)/python -m pytest -n auto --dist loadfile --cov --cov-report=term:skip-covered --cov-fail-under=90

check: $(BIN)/assistant ## what CI runs: lint, types, documentation, then the tests
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/basedpyright
	$(MAKE) docs
	$(MAKE) test

docs: $(BIN)/assistant ## build the documentation into site/, strictly and without a network
	NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build --strict

gate: $(BIN)/assistant ## refuse what answers the shipped questions worse than the committed baseline
	$(BIN)/python -m eval gate sample --junit runs/gate.xml --markdown runs/gate.md || [ $$? -eq 11 ]

eval-model: $(BIN)/assistant ## record what the packaged model replies to the evaluation questions; unchanged prompts cost nothing
	$(BIN)/python -m eval written --set model.gguf=packaged --set answer.writer=pick
	$(BIN)/python -m eval written --set model.gguf=packaged
	$(BIN)/python -m eval attacked --set model.gguf=packaged
	$(BIN)/python -m eval follow-ups --set model.gguf=packaged
	$(BIN)/python -m eval tables --set model.gguf=packaged

$(BIN)/assistant: requirements.lock pyproject.toml
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed; set PYTHON=/path/to/it" >&2; exit 1; }
	@if command -v uv >/dev/null; then \
		set -x; uv venv --quiet --allow-existing --python "$(PYTHON)" .venv && \
		uv pip install --quiet --python $(BIN)/python --no-deps --require-hashes -r requirements.lock && \
		uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation -e .; \
	else \
		set -x; "$(PYTHON)" -m venv .venv && \
		$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements.lock && \
		$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .; \
	fi
	@touch $@

lock: ## pin what pyproject.toml added, needs uv; newer versions of the rest: make lock ARGS=--upgrade
	uv pip compile pyproject.toml --extra page --extra local --group weights --group dev --group docs --universal --generate-hashes --no-header \
		--python-version 3.11 --quiet --output-file requirements.lock $$ARGS

clean: ## remove the virtual environment and caches
	rm -rf .venv site .pytest_cache .ruff_cache .hypothesis .coverage*
