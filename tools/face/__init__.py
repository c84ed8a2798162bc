"""The face sense: detection, one tracked subject, expression, readable facts."""
