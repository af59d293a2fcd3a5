"""Benches: what the house needs, measured on the machine they run on."""
