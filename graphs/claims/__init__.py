"""Claims: sentences of an explanation, checked against the evidence."""
