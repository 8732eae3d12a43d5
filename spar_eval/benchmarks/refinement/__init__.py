"""Refinement accuracy: how often a refiner corrects a response that was judged to fail, as judges see it."""
