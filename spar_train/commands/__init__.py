"""The commands of spar-train, one a file."""
