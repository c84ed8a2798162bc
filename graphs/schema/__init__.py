"""Data of the verdict graph: hypotheses, checks, claims, decision and verdict."""

from affectgraph.graphs.schema.fusion import (
    Conflict,
    Contribution,
    Fused,
    MeasuredTrust,
    SenseStatus,
)
from affectgraph.graphs.schema.reasoning import (
    Act,
    ActKind,
    ActResult,
    Check,
    CheckKind,
    CheckResult,
    Hypothesis,
    Judgement,
    JudgementMethod,
    ModelUsage,
    Prediction,
    Review,
)
from affectgraph.graphs.schema.verdict import (
    CaseInfluence,
    Claim,
    Decision,
    TimelineRow,
    Verdict,
    VerdictProvenance,
)

__all__ = [
    "Act",
    "ActKind",
    "ActResult",
    "CaseInfluence",
    "Check",
    "CheckKind",
    "CheckResult",
    "Claim",
    "Conflict",
    "Contribution",
    "Decision",
    "Fused",
    "Hypothesis",
    "Judgement",
    "JudgementMethod",
    "MeasuredTrust",
    "ModelUsage",
    "Prediction",
    "Review",
    "SenseStatus",
    "TimelineRow",
    "Verdict",
    "VerdictProvenance",
]
