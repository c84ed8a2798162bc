"""The verdict graph: its state, its nodes and the decision."""
