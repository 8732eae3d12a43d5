"""The commands of `spar-train`, one file each."""
