"""Floor 0: words every other floor uses. No I/O, standard library only."""
