"""Month close: input from the database, answer from the pure engine, a draft, an issued and frozen statement."""
