"""Training recipes of the weights that ship: `affectgraph train`."""
