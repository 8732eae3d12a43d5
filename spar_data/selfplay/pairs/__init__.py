"""Training rows from stored samples and trees: one file for each recipe, with the numbers of its paper as defaults."""
