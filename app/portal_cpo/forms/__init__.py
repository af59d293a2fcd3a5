"""Forms of the operator's portal."""
