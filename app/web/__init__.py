"""Floor 6: the Flask kit shared by the portals. It frames requests and translates; it decides nothing."""
