"""Training recipe of the prosody sense."""
