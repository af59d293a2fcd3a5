"""Floor 2b: the declarative base, column types, engines, embedded PostgreSQL, migrations runner."""
