"""The case memory in SQLite."""
