"""The demonstration network: the cast, three months of history, and stations that go on charging."""
