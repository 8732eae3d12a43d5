"""General abilities (GSM8K, TriviaQA, MMLU, HumanEval), to see what training cost elsewhere.

lm-evaluation-harness asks and scores; here models, data and errors are prepared for it, and its output becomes a Result.
The store and the limits of the other evaluators do not apply: the harness has clients and a cache of its own.
"""
