"""Where cases are stored: SQLite with a folder of indexes, or PostgreSQL."""
