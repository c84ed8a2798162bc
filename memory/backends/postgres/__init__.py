"""The case memory in PostgreSQL, with pgvector."""
