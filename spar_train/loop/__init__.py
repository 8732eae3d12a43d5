"""The loop: iterations of self-play, training and evaluation, as a list of commands."""
