"""Commands of `spar-data`, one file each."""
