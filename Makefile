PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
ROUNDS := 100
CLIENTS := .venv-clients
COMPARE := .venv-compare
OLDEST := .venv-oldest
PIPECAT := .venv-pipecat
# What npm writes last.
WEB := demo/node_modules/.package-lock.json
# The newest that draw templates of Vega-Lite 5, which DVC and its editor extensions use.
VEGA := vega@5.33.1 vega-lite@5.23.0 vega-embed@6.29.0
PIP_COMPILE := $(BIN)/pip-compile --quiet --strip-extras --no-header --annotation-style line \
	--generate-hashes --unsafe-package pip --unsafe-package setuptools --unsafe-package torch \
	--no-emit-index-url --no-emit-find-links --no-emit-trusted-host
# Prints the pins of a file with their hashes, without those that requirements.txt has too, and
# without those that the CUDA builds of torch alone need: torch brings them itself.
OWN_PINS := awk '/^[^ ]/ { pin = "" } { pin = pin $$0 "\n" } \
	/^ .* via / && pin !~ /^(cuda|nvidia|triton)|-c requirements.txt/ { printf "%s", pin }'

# Makes the environment $(1) from the file $(2). The pins are complete, so nothing is resolved, and
# each file is compared with its hash. Torch comes after them: the builds of one version (CUDA, CPU)
# differ in files and dependencies, so that it has no hash.
define install
	$(PYTHON) -m venv $(1)
	$(1)/bin/python -m pip install --quiet --no-deps --requirement $(2)
	$(1)/bin/python -m pip install --quiet --requirement requirements-torch.txt
	touch $(1)/installed
endef

.PHONY: repro demo review report history locked compare test test-slow test-faults test-clients test-compare \
	test-clusters test-demo lint bench picture plots-page requirements

# A zip download is not a repository, and DVC needs one or the setting core.no_scm.
repro: $(VENV)/installed  ## run the pipeline: prepare, finetune, export_onnx, evaluate
	@. $(BIN)/activate && { git rev-parse --git-dir >/dev/null 2>&1 \
		|| [ "$$(dvc config core.no_scm 2>/dev/null)" = true ] \
		|| { echo 'make repro: this folder is not a Git repository, run: git init' >&2; exit 1; }; }
	@$(BIN)/python -m review.restore
	. $(BIN)/activate && dvc repro
	@echo 'Read metrics/report.html; make report puts the last committed run beside it. Keep the result: git add dvc.lock metrics models && git commit'

# The published file is served from the silero-vad package, where it is.
demo: $(VENV)/installed $(WEB)  ## a page that runs both models on a file or the microphone (needs npm)
	@$(BIN)/python -m demo

# They are read from the environment, where make puts them too: they never are shell code.
review: $(VENV)/installed  ## the changes of this branch against BASE, and whether the gates hold
	@$(BIN)/python -m review $${CURVES:+--curves="$$CURVES"} -- "$${BASE:-main}" $${FOLDER:+"$$FOLDER"}

report: $(VENV)/installed  ## metrics/review.html: the report with the last committed run beside it
	@$(BIN)/python -m review.page -- $${BASE:+"$$BASE"}

history: $(VENV)/installed  ## the deciding metric over the last commits and experiments
	@$(BIN)/python -m review.history

locked: $(VENV)/installed  ## fail where dvc.lock or metrics/ are of other parameters, code or data
	@$(BIN)/python -m review.lock

compare: $(COMPARE)/installed  ## other detectors beside the models on the prepared test split
	$(COMPARE)/bin/python -m compare

test: $(VENV)/installed  ## run all tests
	$(BIN)/python -m pytest

test-clients: $(CLIENTS)/installed $(OLDEST)/installed $(PIPECAT)/installed  ## other people's programs on the exported files
	VAD_OLDEST_PYTHON=$(OLDEST)/bin/python VAD_PIPECAT_PYTHON=$(abspath $(PIPECAT)/bin/python) \
		$(CLIENTS)/bin/python -m pytest tests/clients

test-compare: $(COMPARE)/installed  ## the adapters to other detectors
	$(COMPARE)/bin/python -m pytest tests/detectors

test-slow: $(VENV)/installed  ## queued experiments and remotes, some minutes
	$(BIN)/python -m pytest -m slow

test-faults: $(VENV)/installed  ## kill, double and block the pipeline some hundred times, hours
	$(BIN)/python -m tests.faults --rounds $(ROUNDS)

test-clusters: $(VENV)/installed  ## stages prepare and evaluate on a local Dask and a local Ray cluster
	$(BIN)/python -m pip install --quiet --no-deps --requirement requirements-clusters.txt
	$(BIN)/python -m pytest tests/test_clusters.py tests/test_workers.py

test-demo: $(VENV)/installed $(WEB)  ## the page of make demo in headless Chromium
	$(BIN)/python -m pytest tests/demo

lint: $(VENV)/installed  ## style, types and spelling
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	git ls-files -z | xargs -0 $(BIN)/codespell

bench: $(VENV)/installed  ## speed beside the official files, sox, ffmpeg and upstream's tuning
	$(BIN)/python -m bench.inference
	$(BIN)/python -m bench.prepare
	$(BIN)/python -m bench.finetune

picture: $(VENV)/installed  ## draw the picture of the README from metrics/
	$(BIN)/python -m docs.picture metrics docs/picture.svg

plots-page: $(VENV)/installed  ## write the page of dvc plots anew, with its libraries inlined (needs npm)
	folder=$$(mktemp -d) && npm install --silent --ignore-scripts --no-audit --no-fund \
		--prefix "$$folder" $(VEGA) \
		&& $(BIN)/python -m docs.plots_page "$$folder/node_modules" .dvc/plots/page.html \
		&& rm -r "$$folder"

# The extra files are resolved under the pins of requirements.txt: where an extra cannot live with
# them, pip-compile stops and names both sides.
requirements: $(VENV)/installed  ## pin the requirements anew from pyproject.toml
	sed -n 's/^ *"\(torch==[^"]*\)".*/\1/p' pyproject.toml > requirements-torch.txt
	$(PIP_COMPILE) --extra dev --output-file requirements.txt pyproject.toml
	{ echo '# Install with --no-deps, then requirements-torch.txt.'; $(OWN_PINS) requirements.txt; } \
		> .requirements.draft
	mv .requirements.draft requirements.txt
	set -e; for extra in clients clusters compare; do file=requirements-$$extra.txt; \
		$(PIP_COMPILE) --extra $$extra --constraint requirements.txt --output-file $$file pyproject.toml; \
		{ echo '-r requirements.txt'; $(OWN_PINS) $$file; } > .requirements.draft; \
		mv .requirements.draft $$file; done

$(VENV)/installed: requirements.txt requirements-torch.txt
	$(call install,$(VENV),requirements.txt)

$(WEB): demo/package.json demo/package-lock.json
	npm ci --prefix demo --silent --ignore-scripts --no-audit --no-fund
	touch $@

$(CLIENTS)/installed: requirements-clients.txt requirements.txt requirements-torch.txt
	$(call install,$(CLIENTS),requirements-clients.txt)

$(COMPARE)/installed: requirements-compare.txt requirements.txt requirements-torch.txt
	$(call install,$(COMPARE),requirements-compare.txt)

# The lowest that silero-vad allows. It needs a numpy below 2, and to run a file no more than that.
$(OLDEST)/installed:
	$(PYTHON) -m venv $(OLDEST)
	$(OLDEST)/bin/python -m pip install --quiet --no-deps onnxruntime==1.16.1 numpy==1.26.4
	touch $@

# It needs an older soundfile and soxr than requirements.txt has.
$(PIPECAT)/installed:
	$(PYTHON) -m venv $(PIPECAT)
	$(PIPECAT)/bin/python -m pip install --quiet pipecat-ai==1.14.0
	touch $@
