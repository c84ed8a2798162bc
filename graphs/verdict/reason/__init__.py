"""Reasoning: a subgraph that proposes hypotheses, acts, verifies and judges."""
