"""Training recipe of the embedded reasoner."""
