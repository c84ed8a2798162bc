"""Readers of clauses by the words that call for them.

A reader returns nothing if a word of the clause has no place in the statement: what is
left unread could be false.
"""

from affectgraph.graphs.claims.clause import Reader
from affectgraph.graphs.claims.read_change import read_change, read_without_words
from affectgraph.graphs.claims.read_comparison import read_agreement, read_comparison
from affectgraph.graphs.claims.read_decision import (
    read_conclusion,
    read_contribution,
    read_counterfactual,
    read_precedent,
    read_reason,
)
from affectgraph.graphs.claims.read_level import read_level
from affectgraph.graphs.claims.read_reading import read_quotation, read_reading

# Readers by the groups of tags of which each must occur, in order of precedence.
READERS: tuple[tuple[tuple[str, ...], Reader], ...] = (
    (("without", "quote"), read_without_words),
    (("quote",), read_quotation),
    (("without",), read_counterfactual),
    (("still changes", "verdict", "sense"), read_counterfactual),
    (("case id",), read_precedent),
    (("add weigh",), read_contribution),
    (("little", "sense"), read_contribution),
    (("agree disagree",), read_agreement),
    (("measure", "typical"), read_level),
    (("rises falls turn",), read_change),
    (("high low", "number"), read_change),
    (("later instead end", "since"), read_change),
    (("since", "emotion"), read_change),
    (("changes", "measure"), read_change),
    (("changes", "emotion", "sense"), read_change),
    (
        ("more less high low instead than weigh against tends", "emotion"),
        read_comparison,
    ),
    (("for against", "sense"), read_contribution),
    (("emotion", "sense"), read_agreement),
    (("measure level facial",), read_level),
    (("typical high low outside", "number"), read_level),
    (("emotion",), read_reading),
    (("most", "emotion"), read_comparison),
    (("verdict", "emotion", "sense"), read_contribution),
    (("emotion",), read_conclusion),
    (("most rank", "sense"), read_contribution),
    (("only",), read_reason),
)
