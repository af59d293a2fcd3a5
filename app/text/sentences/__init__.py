"""Sentences by topic. Each module may have REFUSALS, NOTES, EVENTS (code -> sentence) and STATES (see ``app.text.states``).

A new topic is a new module here; nothing else has to be told. The same code in two modules is refused at import.
"""
