"""Training of the table of acts."""
