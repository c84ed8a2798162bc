"""Training recipe of the decision: trust, confidence and sets."""
