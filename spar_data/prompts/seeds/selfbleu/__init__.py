"""The self-BLEU filter: exact, greedy, in the seeded order."""
