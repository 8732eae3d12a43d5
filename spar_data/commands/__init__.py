"""One file for each command of spar-data that has a page of its own."""
