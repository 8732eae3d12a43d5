"""A tour of the Python API. Run it in the root of a checkout: python examples/tour.py"""

import tempfile
from pathlib import Path

import spar_data
import spar_eval
import spar_train

# Filter your own prompts, then add constraints by rules.
prompts = [
    "Describe a rainy morning at the harbour.",
    "Describe a rainy morning at the old harbour.",
    "Plan a picnic for six.",
]
filtered = spar_data.filter_prompts(prompts, threshold=0.5)
print(filtered, filtered.dropped[0].cause, sep="\n")
print(spar_data.evolve(filtered.kept).kept[0].text)

# Check a response against the constraints of a released prompt, and refine it.
release = spar_data.load_release("releases/spar-mini-1.0.0")
prompt = next(prompt for prompt in release.prompts if "postcard that a time traveller" in prompt.text)
response = "Dear Ada! Nothing happened today."
print(spar_data.check(response, prompt.constraints))
print(spar_data.refine_by_rules(prompt, response, prompt.constraints))

# Let a model play: a function here, a spec such as "smollm2" or "openai:MODEL@URL" in earnest. Then cut pairs.
actor = spar_data.FunctionModel(lambda request: "A short answer, in one line.", name="actor")
folder = Path(tempfile.mkdtemp())
played = spar_data.self_play(release.prompts[:20], actor, "rules", folder, samples=2, verifiable=True)
pairs = spar_data.make_pairs(played)
print(played.funnel.negatives, "negatives;", pairs)

# Score the model, and see what training on the pairs would take.
print(spar_eval.ifeval(model=actor, data="fresh", limit=20))
training = spar_train.dpo(pairs.to_polars(), spar_train.random_model(folder / "model"), folder / "out", dry_run=True)
print(f"{training.rows} rows, {training.steps} step, {training.left_out}")
