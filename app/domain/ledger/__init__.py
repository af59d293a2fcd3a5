"""The books: an append-only journal. ``actions.post`` is the only writer; a correction is a new entry that names the old one."""
