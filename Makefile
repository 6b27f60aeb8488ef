# Two commands: `make demo` builds the demo study from real text, `make test` runs the tests.

PYTHON ?= python3
VENV := .venv
INSTALLED := $(VENV)/installed
RUN := $(VENV)/bin/

# Tests side by side: a process for each core, up to eight.
PYTEST := $(RUN)python -m pytest --numprocesses logical --maxprocesses 8 --dist worksteal

.PHONY: demo test test-slow test-gpu test-cluster check clean

demo: $(INSTALLED)
	$(RUN)snakemake --cores all --quiet rules
	@echo && cat results/demo/tables/main.md && echo
	@echo "scores: results/demo/scores.tsv   report: file://$(CURDIR)/results/demo/report.html"

test: $(INSTALLED) ## before every commit
	$(PYTEST)

test-slow: $(INSTALLED) ## the rest, and the tests of generated text with more examples
	$(PYTEST) -m 'slow or hypothesis' --hypothesis-profile deep

test-gpu: $(INSTALLED) ## what only a GPU can show; skipped where there is none
	$(RUN)python -m pytest tests/gpu

test-cluster: $(INSTALLED) ## a toy study through Debian's Slurm on this machine; installs it, where that may be
	$(RUN)python -m tests.cluster

check: $(INSTALLED) ## formatters, types, lint, dry run
	$(RUN)ruff check .
	$(RUN)ruff format --check .
	$(RUN)snakefmt --check Snakefile rules
	$(RUN)mypy
	$(RUN)snakemake --lint
	$(RUN)snakemake all --dry-run --quiet all
	$(RUN)snakemake all_tables all_figures --dry-run --quiet all

clean: ## everything but downloads
	rm -rf $(VENV) .snakemake results

$(INSTALLED): requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "error: Python 3.11 or newer is needed; name one with make PYTHON=python3.12")'
	$(PYTHON) -m venv $(VENV)
	$(RUN)python -m pip install --disable-pip-version-check --requirement requirements.lock
	@touch $@
