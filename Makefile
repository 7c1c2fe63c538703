PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: repro test lint bench requirements

repro: $(VENV)/installed  ## run the pipeline: prepare, finetune, export_onnx, evaluate
	. $(BIN)/activate && dvc repro

test: $(VENV)/installed  ## run all tests
	$(BIN)/python -m pytest

lint: $(VENV)/installed  ## style, types and spelling
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	git ls-files -z | xargs -0 $(BIN)/codespell

bench: $(VENV)/installed  ## speed of the exported files beside the official ones
	$(BIN)/python -m bench.inference

requirements: $(VENV)/installed  ## pin requirements.txt anew from pyproject.toml
	$(BIN)/pip-compile --quiet --strip-extras --extra dev --no-header \
		--no-emit-index-url --no-emit-find-links --no-emit-trusted-host \
		--output-file requirements.txt pyproject.toml
	sed -i 's/+cpu$$//' requirements.txt

# The requirements are complete, so nothing is resolved: what is pinned is what is installed.
$(VENV)/installed: requirements.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --requirement requirements.txt
	touch $@
