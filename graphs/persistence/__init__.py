"""Runs and checkpoints in SQLite or PostgreSQL."""
