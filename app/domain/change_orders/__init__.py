"""Written wishes of partners for what they cannot change themselves."""
