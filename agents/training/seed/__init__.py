"""Recipe of the seed memory."""
