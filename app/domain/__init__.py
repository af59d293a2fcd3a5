"""Floor 4: the rooms. Each has rows, events, models, queries and actions; nothing here knows the web or the socket."""
