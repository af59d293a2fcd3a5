"""Voltpact: the partner portal of a charge point operator. See docs/architecture.md for the map."""
