"""Recipes of preference pairs."""
