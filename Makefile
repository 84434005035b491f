# Everything a newcomer or a machine needs. `make help` lists it.

PYTHON ?= python3
VENV ?= .venv
PY := $(VENV)/bin/python
READY := $(VENV)/.ready
VERIFIER := $(VENV)/.verifier
PEERS := $(VENV)/.peers
RELEASE_TOOLS := $(VENV)/.release-tools
COVERAGE_TOOLS := $(VENV)/.coverage-tools
WRITER := $(VENV)/.writer

# What need not pass the type checker for another platform: it runs on no other.
ONLY_LINUX := '^(interprocess/os/linux|tests/(linux|kernels|matrix|windows_bench|benchmarks|pythons|measure_coverage|frozen/[^/]*\.py))'
ONLY_UNIX := '^(interprocess/(os/unix|trace/_.*unix)|tests/(unix|bindings|torture))'

.PHONY: help demo test check docs bindings verify-bindings format test-pythons test-matrix \
	torture test-frozen coverage release-check test-windows test-kernels test-kernels-quick bench bench-windows clean

help: ## Say what can be made
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 24

$(READY): pyproject.toml
	$(PYTHON) -m venv $(VENV) || { echo "python3 -m venv failed: on Debian, apt-get install python3-venv" >&2; exit 1; }
	$(PY) -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $@

# The headers of every target are a large download, which only the verification needs.
$(VERIFIER): pyproject.toml $(READY)
	$(PY) -m pip install --quiet --disable-pip-version-check --editable '.[dev,verify]'
	@touch $@

# The benchmark goes without those that cannot be installed here.
$(PEERS): pyproject.toml $(READY)
	$(PY) -m pip install --quiet --disable-pip-version-check --editable '.[dev,bench]' || \
		echo "some of the compared libraries could not be installed" >&2
	$(PY) -m pip install --quiet --disable-pip-version-check --editable '.[bench-compiled]' || \
		echo "faster-fifo could not be compiled, and is not compared" >&2
	@touch $@

$(RELEASE_TOOLS): pyproject.toml $(READY)
	$(PY) -m pip install --quiet --disable-pip-version-check --editable '.[dev,release]'
	@touch $@

$(COVERAGE_TOOLS): pyproject.toml $(READY)
	$(PY) -m pip install --quiet --disable-pip-version-check --editable '.[dev,coverage]'
	@touch $@

$(WRITER): pyproject.toml $(READY)
	$(PY) -m pip install --quiet --disable-pip-version-check --editable '.[dev,docs]'
	@touch $@

demo: $(READY) ## Start a server and a client that talk over a local socket
	$(PY) docs/examples/demo.py

test: $(READY) ## Run the tests
	$(PY) -m pytest

check: $(VERIFIER) docs ## Generated files current and true, lint, format, types for three platforms, the site
	$(PY) bindings/generate.py --check
	$(PY) bindings/verify.py
	$(PY) -m interprocess capabilities --matrix | diff docs/platforms.md -
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy --platform linux
	$(VENV)/bin/mypy --platform darwin --exclude $(ONLY_LINUX)
	$(VENV)/bin/mypy --platform win32 --exclude $(ONLY_LINUX) --exclude $(ONLY_UNIX)
	$(PY) tests/packaging/public_types.py

docs: $(WRITER) ## Build the documentation site in build/docs
	$(PY) -m sphinx -W --keep-going --quiet -b html docs build/docs
	@echo "The site is in build/docs: open build/docs/index.html"

bindings: $(READY) ## Write the generated bindings from the C declarations
	$(PY) bindings/generate.py

verify-bindings: $(VERIFIER) ## Check the C declarations against the headers of every target
	$(PY) bindings/verify.py

format: $(READY) ## Put the code into its format
	$(VENV)/bin/ruff check --fix .
	$(VENV)/bin/ruff format .

test-pythons: ## Run the tests on every CPython from 3.9 of this machine, and on PyPy
	$(PYTHON) tests/pythons.py

test-matrix: ## Run the tests on other processors and runtimes, as root on Debian
	$(PYTHON) tests/matrix/run.py

test-kernels: $(READY) ## Run the tests under imitations of other systems' kernels; 20 minutes
	$(PY) tests/kernels/run.py --results docs/test-kernels.md

test-kernels-quick: $(READY) ## Those of sockets and pipes; 5 minutes
	$(PY) tests/kernels/run.py --quick

torture: $(READY) ## Torture what is promised, for minutes, without a GIL too; TORTURE="--only forks"
	$(PY) tests/torture/run.py --free-threaded --write $(TORTURE)

test-windows: ## Run the tests on a Windows CPython, under Wine
	$(PYTHON) tests/windows_bench/bench.py test

test-frozen: ## Freeze a program in every way, and run it; FROZEN="--only shiv,pex"
	$(PYTHON) tests/frozen/run.py $(FROZEN)

coverage: $(COVERAGE_TOOLS) ## Measure what the tests run, here and under Wine; half an hour; writes docs/coverage.md
	$(PY) tests/measure_coverage.py $(COVERAGE)

release-check: $(RELEASE_TOOLS) ## May this be published? RELEASE="--draft --tests tests/packaging" asks less
	$(PY) tests/packaging/release.py check $(RELEASE)

bench: $(PEERS) ## Measure us beside others; BENCH=--quick takes under a minute
	$(PY) tests/benchmarks/run.py $(BENCH)

bench-windows: ## The same on a Windows CPython, under Wine, on one core
	$(PYTHON) tests/windows_bench/bench.py install --with-peers
	$(PYTHON) tests/windows_bench/bench.py python tests/benchmarks/run.py $(BENCH)

clean: ## Remove what was made here
	rm -rf docs/reference docs/systems/declarations docs/systems/sessions.md
	rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache .hypothesis build dist
