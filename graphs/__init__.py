"""How it thinks: state, nodes, prompts and the verdict graph."""
