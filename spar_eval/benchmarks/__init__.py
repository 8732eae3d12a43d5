"""The benchmarks: one folder for each kind. Each gives a function from prompts and responses to a `Result`."""
