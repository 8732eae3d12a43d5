#!/usr/bin/env bash
# Everything that wants a CUDA GPU, in one command: the tests, DPO against TRL, and the small experiment.
#
#   tests/gpu/run.sh OUT              # PYTHON= MODEL= PROMPTS= PAIRS="spar direct" SEEDS="0 1 2" ITERATIONS=3 PER_ITERATION=200
#   tests/gpu/run.sh OUT --dry-run    # the experiment's commands only: needs no GPU
#
# The experiment: MODEL plays on PROMPTS, judged by the checkers, refined by itself and by the smallest edit; by each recipe
# and seed; measured on fresh prompts and, where SPAR_TEST_DATA names a folder, on IFEval. It goes on where it was stopped.
set -euo pipefail
out=${1:?"usage: tests/gpu/run.sh OUT [--dry-run]"}
shift
python=${PYTHON:-python3}
train=("$python" -m spar_train.cli.main)
prompts=${PROMPTS:-releases/spar-mini-1.0.0/data/prompts.parquet}
evals=(--eval fresh:200)
if [ -n "${SPAR_TEST_DATA:-}" ]; then evals+=(--eval "ifeval=$SPAR_TEST_DATA/ifeval/input_data.jsonl"); fi
cd "$(dirname "$0")/../.."
if [ $# -eq 0 ]; then
    "$python" -m pytest tests/gpu -m gpu -s
    "$python" tests/gpu/dpo_bench.py --out "$out" || [ $? -eq 1 ] # 1: less than 1.5 times as fast, which its table says
fi
loops=()
for seed in ${SEEDS:-0 1 2}; do
    for pairs in ${PAIRS:-spar direct}; do
        loops+=("$out/$pairs-$seed")
        "${train[@]}" loop "$prompts" --pairs "$pairs" --actor "${MODEL:-smollm2}" --refiner "${MODEL:-smollm2}" \
            --refiner rules --judge rules --iterations "${ITERATIONS:-3}" --per-iteration "${PER_ITERATION:-200}" "${evals[@]}" \
            --set selfplay.samples=5 --set selfplay.max-tokens=512 --set selfplay.refine-tokens=768 --set ifeval.max-tokens=1024 \
            --set dpo.learning-rate=5e-6 --set rft.learning-rate=1e-5 --set rft.epochs=2 \
            --seed "$seed" --store "$out/seed-$seed.sqlite" --eval-store "$out/eval.sqlite" --out "$out/$pairs-$seed" "$@"
    done
done
if [ $# -eq 0 ]; then
    "${train[@]}" report "${loops[@]}" --out "$out/report.html"
    for pairs in ${PAIRS:-spar direct}; do
        "${train[@]}" status $(for seed in ${SEEDS:-0 1 2}; do echo "$out/$pairs-$seed"; done)
    done
fi
