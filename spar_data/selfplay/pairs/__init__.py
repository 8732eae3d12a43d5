"""From stored samples and trees to what is trained on: one file a recipe, the papers' numbers as defaults."""
