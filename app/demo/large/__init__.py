"""A demo as large as a real operator: 20,000 partners, 100,000 charge points, a month of sessions. To measure with."""
