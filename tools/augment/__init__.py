"""Training clips that were labelled by Affectgraph or by people."""
