"""How other systems come in: access keys of programs."""
