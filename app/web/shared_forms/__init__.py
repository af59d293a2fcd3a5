"""Forms that more than one portal shows."""
