"""Labels that people give to clips and verdicts."""
