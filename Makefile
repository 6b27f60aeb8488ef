# Two commands: `make demo` builds the demo study from real text, `make test` runs all tests.

PYTHON ?= python3
VENV := .venv
INSTALLED := $(VENV)/installed
RUN := $(VENV)/bin/

.PHONY: demo test check clean

demo: $(INSTALLED)
	@$(call snakemake,--cores all --quiet rules)
	@echo && cat results/demo/tables/main.md && echo
	@echo "scores: results/demo/scores.tsv   report: file://$(CURDIR)/results/demo/report.html"

test: $(INSTALLED)
	$(RUN)python -m pytest

check: $(INSTALLED) ## formatters, types, lint, dry run
	$(RUN)ruff check .
	$(RUN)ruff format --check .
	$(RUN)snakefmt --check Snakefile rules
	$(RUN)mypy
	$(RUN)snakemake --lint
	$(RUN)snakemake --dry-run --quiet all
	$(RUN)snakemake --dry-run --quiet all ablation

clean: ## everything but downloads
	rm -rf $(VENV) .snakemake results

# A run that was killed leaves Snakemake's lock behind. Where no other run holds ours, that lock is stale.
snakemake = flock --nonblock --conflict-exit-code 75 $(VENV)/lock sh -c \
	'$(RUN)snakemake --unlock --quiet all >/dev/null 2>&1; exec $(RUN)snakemake $(1)' \
	|| { [ $$? -ne 75 ] || echo "error: another make demo is running in this folder; wait for it" >&2; exit 1; }

$(INSTALLED): requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "error: Python 3.11 or newer is needed; name one with make PYTHON=python3.12")'
	$(PYTHON) -m venv $(VENV)
	$(RUN)python -m pip install --disable-pip-version-check --requirement requirements.lock
	@touch $@
