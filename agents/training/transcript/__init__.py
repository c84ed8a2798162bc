"""Training recipe of the transcript sense."""
