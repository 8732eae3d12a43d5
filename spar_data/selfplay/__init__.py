"""An actor against a refiner."""
