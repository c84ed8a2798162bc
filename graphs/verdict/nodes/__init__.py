"""The nodes of the verdict graph: plain functions from state to an update."""
