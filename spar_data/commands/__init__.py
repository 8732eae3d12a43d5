"""The commands of `spar-data` that have a file of their own."""
