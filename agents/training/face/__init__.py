"""Training recipe of the face sense."""
