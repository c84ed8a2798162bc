"""Training recipes of fusion and decision."""
