"""Measurements, side by side with peers where there are any. `make bench` runs them all; each file runs alone too."""
