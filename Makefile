# Every target sets itself up: `make dataset` and `make test` work on a fresh machine with Python 3.11 or newer.
PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
RECIPE ?= mini
MODEL  ?= smollm2
PROMPTS ?= releases/spar-mini-1.0.0/data/prompts.parquet
PLAY   ?= runs/selfplay
SEEDS  ?= 0 1 2
PAIRS  ?= spar expert-iteration
LOOP   ?= runs/loop
ITERATIONS ?= 1
TORCH  ?= torch==2.13.0    # for smollm2 and training; the version that the tests use

.DEFAULT_GOAL := help
.PHONY: help dataset selfplay loop eval smollm2 test test-all lint bench clean

help:       ## list the targets
	@grep -E '^[a-z0-9]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## */\t/' | expand -t 12

dataset: $(VENV)/.core $(if $(filter smollm2%,$(TEACHER)),smollm2)    ## build a prompt set: RECIPE=mini TEACHER= LIMIT= SOURCE= BENCHMARKS= ARGS="--set key=value"
	$(BIN)/spar-data dataset --recipe $(RECIPE) $(if $(TEACHER),--teacher $(TEACHER)) $(if $(LIMIT),--limit $(LIMIT)) \
	    $(if $(SOURCE),--source $(SOURCE)) $(if $(BENCHMARKS),--benchmarks $(BENCHMARKS)) $(ARGS)

selfplay: smollm2    ## play a small model against the rules and release the pairs: PROMPTS= LIMIT=
	$(BIN)/spar-data sft $(PROMPTS) --teacher rules --actor smollm2 --limit $(or $(LIMIT),24) --max-tokens 200 --out $(PLAY)/sft
	$(BIN)/spar-data selfplay $(PROMPTS) --actor smollm2 --refiner smollm2 --refiner rules --judge rules --verifiable \
	    --limit $(or $(LIMIT),24) --samples 4 --max-tokens 160 --refine-tokens 200 --branch 2 --depth 2 --out $(PLAY)/run
	$(BIN)/spar-data tree --run $(PLAY)/run
	$(BIN)/spar-data pairs $(PLAY)/run --recipe spar --recipe direct --recipe rft --recipe refiner-paper --format trl \
	    --format llama-factory --add actor_sft=$(PLAY)/sft/actor.parquet --release spar-mini-selfplay-1.0.0 --out build

LOOPS   = $(foreach pairs,$(PAIRS),$(foreach seed,$(SEEDS),$(LOOP)/$(pairs)-$(seed)))
loop: smollm2 $(VENV)/.train    ## play, train and measure a small model: SEEDS="0 1 2" PAIRS= ITERATIONS= LIMIT=
	for seed in $(SEEDS); do for pairs in $(PAIRS); do \
	    $(BIN)/spar-train loop $(PROMPTS) --pairs $$pairs --actor smollm2 --refiner smollm2 --refiner rules --judge rules \
	        --iterations $(ITERATIONS) --per-iteration $(or $(LIMIT),20) --eval held-out:32 --eval-store $(LOOP)/eval.sqlite \
	        --set selfplay.samples=2 --set selfplay.max-tokens=160 --set selfplay.refine-tokens=160 \
	        --set selfplay.branch=2 --set selfplay.depth=1 --set verifiable.max-tokens=160 \
	        --set train.learning-rate=3e-5 --set train.schedule=constant --set train.batch-size=4 --set train.epochs=3 \
	        --set dpo.learning-rate=2e-5 --set dpo.nll-weight=1 --set rft.max-steps=1 \
	        --seed $$seed --store $(LOOP)/seed-$$seed.sqlite --out $(LOOP)/$$pairs-$$seed $(ARGS) || exit $$?; \
	done; done
	$(BIN)/spar-train report $(LOOPS) --out $(LOOP)/report.html
	for pairs in $(PAIRS); do $(BIN)/spar-train status $$(for seed in $(SEEDS); do echo $(LOOP)/$$pairs-$$seed; done) || exit $$?; done

eval: $(VENV)/.eval $(if $(filter smollm2%,$(MODEL)),smollm2)    ## score a model on IFEval: MODEL= DATA=input_data.jsonl (or fresh) LIMIT= ARGS=
	$(BIN)/spar-eval ifeval --model $(MODEL) $(if $(DATA),--data $(DATA)) $(if $(LIMIT),--limit $(LIMIT)) $(ARGS)

smollm2: $(VENV)/.hf      ## fetch SmolLM2-135M-Instruct (98 MB), which runs without GPU or key
	$(BIN)/spar-data get-model smollm2

test: $(VENV)/.dev        ## run the tests but the slow ones; SPAR_TEST_DATA=FOLDER adds those on outside data
	$(BIN)/python -m pytest -m "not slow" $(ARGS)

test-all: $(VENV)/.dev    ## run all tests, the slow ones too
	$(BIN)/python -m pytest $(ARGS)

lint: $(VENV)/.dev        ## check style (ruff), types (mypy) and the direction of imports (import-linter)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(VENV)/.dev       ## measure speed against named peers (needs SPAR_TEST_DATA)
	$(BIN)/python -m pytest tests/bench --benchmark-only --benchmark-columns=min,median,rounds -s $(ARGS)

clean:      ## remove the environment and the run folders
	rm -rf $(VENV) runs

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	    { echo "Python 3.11 or newer is needed, $(PYTHON) is older: make PYTHON=python3.12 ..."; exit 2; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.core: $(VENV)/bin/python pyproject.toml
	$(BIN)/python -m pip install --quiet --quiet --disable-pip-version-check -e .
	@touch $@

$(VENV)/.eval: $(VENV)/bin/python pyproject.toml
	$(BIN)/python -m pip install --quiet --quiet --disable-pip-version-check -e '.[eval]'
	@touch $@ $(VENV)/.core

$(VENV)/.hf: $(VENV)/bin/python pyproject.toml
	$(BIN)/python -m pip install --quiet --quiet --disable-pip-version-check -e '.[hf]' $(TORCH)
	@touch $@ $(VENV)/.core

$(VENV)/.train: $(VENV)/bin/python pyproject.toml
	$(BIN)/python -m pip install --quiet --quiet --disable-pip-version-check -e '.[eval,hf,train]' $(TORCH)
	@touch $@ $(VENV)/.core $(VENV)/.hf $(VENV)/.eval

$(VENV)/.dev: $(VENV)/bin/python pyproject.toml
	$(BIN)/python -m pip install --quiet --quiet --disable-pip-version-check -e '.[dev]'
	@touch $@ $(VENV)/.core
