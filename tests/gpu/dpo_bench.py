"""DPO on one CUDA GPU: tokens a second, share of the peak FLOPs (MFU) and peak of memory, of ours and of TRL's DPOTrainer.

    python tests/gpu/dpo_bench.py --out DIR

Same rows, same weights, same run; needs no network: weights are random, of the shape of a known model (`--size`), the
tokenizer is the tests'. Writes DIR/dpo_bench.json and prints a table. Exit status 1 if ours is less than 1.5 times as fast as
DPOTrainer by its defaults, 2 without a GPU. `--cpu` tries the script itself.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parents[2]), str(Path(__file__).parents[1] / "helpers")]

from dpo_peer import WAYS, measure  # noqa: E402

from spar_train.planning.devices import GPUS, UNKNOWN_GPU  # noqa: E402
from spar_train.planning.shape import SIZES, Shape  # noqa: E402

WANTED = 1.5


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--size", choices=["tiny", *SIZES], default="smollm2-135m")
    parser.add_argument("--model", default="", help="a folder with a real model instead of random weights")
    parser.add_argument("--pairs", type=int, default=512)
    parser.add_argument("--typical", type=int, default=350, help="median length of a reply")
    parser.add_argument("--ways", nargs="+", choices=WAYS, default=list(WAYS))
    parser.add_argument("--cpu", action="store_true")
    args = parser.parse_args()
    import torch

    if not torch.cuda.is_available() and not args.cpu:
        sys.stderr.write("no CUDA device\n")
        return 2
    size = Shape(64, 192, 2, 4, 2, 16, 512) if args.size == "tiny" else SIZES[args.size]
    with tempfile.TemporaryDirectory() as scratch:
        found = measure(Path(scratch), size, args.pairs, args.typical, tuple(args.ways), args.model)
    name = next(iter(found.values()))["device"].lower()
    peak = next((gpu for key, gpu in GPUS.items() if key in name), UNKNOWN_GPU).tflops if name != "cpu" else 0
    print(f"{args.model or args.size}, {args.pairs} pairs, {name}, torch {torch.__version__}")
    print(f"{'':<12}{'tokens/s':>12}{'MFU':>8}{'peak GB':>10}{'seconds':>10}")
    for way, each in found.items():
        each["mfu"] = round(each["tflops"] / peak, 4) if peak else None
        shown = f"{each['mfu']:.1%}" if peak else "-"
        print(f"{way:<12}{each['tokens_per_s']:>12,.0f}{shown:>8}{each['memory_gb']:>10.1f}{each['seconds']:>10.1f}")
    ratios = {
        way: found["ours"]["tokens_per_s"] / each["tokens_per_s"] for way, each in found.items() if "ours" in found
    }
    print("times as fast: " + ", ".join(f"{ratio:.2f} ({way})" for way, ratio in ratios.items() if way != "ours"))
    args.out.mkdir(parents=True, exist_ok=True)
    facts = {"pairs": args.pairs, "size": args.model or args.size, "ways": found, "times_as_fast": ratios}
    (args.out / "dpo_bench.json").write_text(json.dumps(facts, indent=2) + "\n", encoding="utf-8")
    return 0 if ratios.get("trl", WANTED) >= WANTED else 1


if __name__ == "__main__":
    sys.exit(main())
