"""Training recipe of the affect space."""
