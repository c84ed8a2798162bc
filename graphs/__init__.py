"""Graphs: the verdict graph with its nodes, claims, reasoner and replay.

A smile and sad words conflict; a claim must say what its evidence says:

    >>> from affectgraph.graphs.claims.checker import claim_problem
    >>> from affectgraph.graphs.claims.facts import Facts
    >>> from affectgraph.graphs.verdict.pooling import pool
    >>> from affectgraph.graphs.schema import Claim
    >>> from affectgraph.tools.emotions import distribution
    >>> from affectgraph.tools.evidence import Evidence, Provenance, Span
    >>> def piece(name, modality, observation, **votes):
    ...     return Evidence(id=name, modality=modality, observation=observation,
    ...                     span=Span(start=0, end=2), quality=0.9,
    ...                     distribution=distribution(votes),
    ...                     provenance=Provenance(model="example"))
    >>> smile = piece("F1", "face", "Smiles.", happy=0.9, neutral=0.1)
    >>> words = piece("T1", "transcript", "The words are sad.", sad=0.9, neutral=0.1)
    >>> [conflict.labels for conflict in pool([smile, words]).conflicts]
    [('happy', 'sad')]
    >>> claim = Claim(text="The face frowns.", cites=("F1",), supports=True)
    >>> claim_problem(claim, Facts(evidence={"F1": smile}))
    "'frowns' is not a word that can be verified"
"""
