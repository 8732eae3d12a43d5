"""IFEval: the benchmark, a check of prompt files in its format, and new prompts of its kind."""
