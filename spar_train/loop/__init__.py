"""The loop: self-play, training and evaluation, iteration by iteration, as a list of commands."""
