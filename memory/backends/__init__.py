"""Databases of cases: SQLite with faiss indexes, or PostgreSQL with pgvector."""
