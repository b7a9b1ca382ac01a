# The targets that people use; README.md says more. Every target works on a fresh machine with git, make and python3-venv.
PYTHON ?= python3
BIN := .venv/bin
TESTS ?= tests

.PHONY: install run demo test check format bench soak readers pictures agreement fuzz lock tools clean

install: .venv/installed

.venv/installed: requirements/dev.txt pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	$(BIN)/python -m compileall -q gateway
	touch $@

run: install
	$(BIN)/gateway serve

demo: install
	$(BIN)/python -m gateway.cli.demo

# As root on Debian or Ubuntu this first installs the servers and tools that the tests talk to; elsewhere pytest names what it skips.
tools:
	@tests/install-tools.sh

test: install tools
	$(BIN)/python -m pytest -q -n 2 --dist worksteal $(TESTS)
	$(BIN)/gateway test

check: install
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/gateway check

format: install
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

# Beside other readers of mail, where their wheels fit this machine: the bench says so where they do not.
bench: install tools
	-$(BIN)/python -m pip install --quiet --disable-pip-version-check --only-binary :all: --require-hashes -r requirements/bench.txt
	$(BIN)/python -m bench

soak: install tools
	$(BIN)/python -m tests.soak
	$(BIN)/python -m tests.crowd

# Opens locked files in LibreOffice and Poppler; tests/readers.py names the packages that it needs.
readers: install
	$(BIN)/python -m tests.readers

# The pictures of docs/notices.md, drawn by Chromium.
pictures: install tools
	$(BIN)/python -m tests.notices.pictures

agreement: install
	$(BIN)/python -m tests.agreement

fuzz: install
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/fuzz.txt
	$(BIN)/python -m tests.fuzz

# Run when requirements/*.in change, and read the difference.
COMPILE := $(CURDIR)/$(BIN)/pip-compile --quiet --generate-hashes --allow-unsafe --strip-extras --no-emit-index-url --no-emit-trusted-host --no-emit-find-links
lock: install
	cd requirements && $(COMPILE) -o runtime.txt runtime.in && $(COMPILE) -o dev.txt dev.in && $(COMPILE) -o fuzz.txt fuzz.in && $(COMPILE) -o bench.txt bench.in && $(COMPILE) -o presidio.txt presidio.in

clean:
	rm -rf .venv var build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
