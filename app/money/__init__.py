"""Floor 1: the one place where an amount is decided. Pure functions over values; no database, web, clock or float."""
