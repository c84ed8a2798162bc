"""Perception: clips, senses, evidence, and the vocabulary of emotion."""
