# The commands of this project. Each makes `.venv` from the lock file first, so a fresh clone needs python3, python3-venv and make.
PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/.installed
ASSAY := .venv-assay
MEASURED := .venv-bench
DEBIANS := $(shell /usr/bin/python3 -c 'import ensurepip, venv, sys; print(sys.executable)' 2>/dev/null || echo $(PYTHON))
# Without its bytecode each of the hundreds of processes that tests and demo start would compile the project anew.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: demo test check bench mutation model chaos fuzz weights deb wheel service-test lock clean

demo: $(STAMP)
	$(BIN)/intake demo $(ARGS)

# On PostgreSQL what touches a store runs again: not the rules, the templates and the reader of mail, and not the demo.
ENGINE ?= sqlite
OF_ENGINE := $(if $(filter postgresql,$(ENGINE)),tests/storage tests/intake tests/chaos --ignore tests/intake/mail --ignore tests/intake/demo)

test: $(STAMP)
	@$(BIN)/python -m tests.servers.install
	INTAKE_TEST_ENGINE=$(ENGINE) $(BIN)/python -m pytest -n auto --maxprocesses 4 --dist loadfile --no-loadscope-reorder $(or $(ARGS),$(OF_ENGINE))

check: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -m pytest -q tests/test_rooms.py

# What is measured runs on the interpreter that the package takes, Debian's own: it is optimized when it is built, and a
# third faster than one that is built at home without that. ARGS names some of the parts ("sqlite helpdesk"), and "--runs 3". Nothing else should work on the machine meanwhile.
bench: $(MEASURED)/.installed
	@$(MEASURED)/bin/python -m tests.servers.install
	$(MEASURED)/bin/python -m tests.bench $(ARGS)

mutation: $(ASSAY)/.installed
	$(ASSAY)/bin/python -m tests.mutation $(ARGS)

weights: $(ASSAY)/.installed
	$(ASSAY)/bin/python -m tests.weights $(ARGS)

# Long, and each time another: ARGS names the further options of pytest, INTAKE_TEST_ENGINE the engine.
model: $(STAMP)
	INTAKE_MODEL_EXAMPLES=$${INTAKE_MODEL_EXAMPLES:-1000} nice -n 15 $(BIN)/python -m pytest -p no:xdist -q tests/intake/test_model.py $(ARGS)

# Minutes: ARGS="--seed 7 --kills 100 --mails 500 --engine postgresql --daemons 2", all of them optional.
chaos: $(STAMP)
	@$(BIN)/python -m tests.servers.install
	$(BIN)/python -m tests.chaos $(ARGS)

fuzz: $(ASSAY)/.installed
	nice -n 15 $(ASSAY)/bin/python -m tests.fuzz.understanding $(ARGS)

# The package for Debian 12 goes to dist/, made by Debian's own Python; the wheel for other systems, too.
deb: $(STAMP)
	@$(BIN)/python -m systemd.deb.build $(ARGS)

wheel: $(STAMP)
	rm -rf build/lib
	$(BIN)/pip wheel --quiet --disable-pip-version-check --no-deps --no-build-isolation --wheel-dir dist .
	@ls dist/*.whl

# The package and the service under a real systemd, in a container: minutes, as root, with the network for apt.
service-test: $(STAMP)
	@$(BIN)/python -m tests.systemd $(ARGS)

COMPILE := $(BIN)/uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-header pyproject.toml

# What a package holds: nothing that only tests or the demo need.
RUNTIME := --extra dkim --extra oauth --extra postgres

lock: $(STAMP)
	$(BIN)/pip install --quiet --disable-pip-version-check uv
	$(COMPILE) --extra demo --extra dev --extra dkim --extra oauth --extra postgres -o requirements.lock
	$(COMPILE) $(RUNTIME) -c requirements.lock -o requirements.runtime.lock
	$(COMPILE) --all-extras -c requirements.lock -o requirements.assay.lock

clean:
	rm -rf .venv $(ASSAY) $(MEASURED) build dist .cache *.egg-info

.venv/.installed $(MEASURED)/.installed: requirements.lock pyproject.toml
$(MEASURED)/.installed: PYTHON := $(DEBIANS)
$(ASSAY)/.installed: requirements.assay.lock pyproject.toml
.venv/.installed $(ASSAY)/.installed $(MEASURED)/.installed:
	$(PYTHON) -m venv $(@D)
	$(@D)/bin/pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r $<
	$(@D)/bin/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@
