"""The evaluation card: one page with all that is needed to judge the figures."""

import base64
import hashlib
import os
import platform
import shutil
import statistics
import subprocess
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from affectgraph.agents.evaluation.bootstrap import RESAMPLES
from affectgraph.agents.evaluation.figures import CHANCE, MAJORITY, Figures, uar_gain
from affectgraph.agents.evaluation.manifest import ManifestRow
from affectgraph.agents.evaluation.metrics import BINS
from affectgraph.agents.evaluation.plots import draw_plots
from affectgraph.agents.evaluation.run import (
    FULL,
    FUSION,
    FUSION_WITH_MEMORY,
    WITHOUT,
    Evaluation,
)
from affectgraph.agents.evaluation.sample_size import sample_size_warnings
from affectgraph.agents.evaluation.traces import VerdictTrace
from affectgraph.agents.report.sections import create_environment
from affectgraph.tools.emotions import BASIC_EMOTIONS, NOTICE
from affectgraph.tools.errors import SettingError
from affectgraph.tools.io.atomic_write import (
    atomic_write_text,
    explain_write_errors,
    make_folder,
)

_PACKAGES = (
    "numpy", "onnxruntime", "faster-whisper", "ctranslate2", "av", "langgraph",
    "langchain-core", "pydantic", "xllamacpp",
)  # fmt: skip
_CPUINFO = Path("/proc/cpuinfo")


def write_card(
    file: Path,
    manifest: Path,
    rows: Sequence[ManifestRow],
    evaluation: Evaluation,
    figures: dict[str, Figures],
) -> None:
    """Write the card as one HTML page without scripts or other files.

    It contains no words, pictures or audio of a clip.
    """
    pages = create_environment()
    pages.filters |= {"share": _share, "signed": _signed}
    html = pages.get_template("evaluation/card.html").render(
        manifest=manifest.name,
        sha256=hashlib.sha256(manifest.read_bytes()).hexdigest(),
        written=datetime.now(UTC),
        notice=NOTICE,
        emotions=BASIC_EMOTIONS,
        bins=BINS,
        resamples=RESAMPLES,
        figures=figures,
        full=figures[FULL],
        full_name=FULL,
        baselines=(CHANCE, MAJORITY),
        failures=evaluation.failures,
        too_few=sample_size_warnings(evaluation.answers(FULL, rows)),
        steps=_steps(rows, evaluation, figures),
        pictures=_pictures(rows, evaluation, figures),
        environment=describe_environment(),
        **_data(rows, evaluation),
        **_verdict_statistics(rows, evaluation),
    )
    _save(file, html)


def _data(rows: Sequence[ManifestRow], evaluation: Evaluation) -> dict[str, Any]:
    """Describe the clips."""
    traces = evaluation.traces
    answered = [row for row in rows if row.number in traces]
    labels = Counter(row.label for row in answered)
    clips = hashlib.sha256("".join(traces[r.number].clip for r in answered).encode())
    return {
        "n": len(answered),
        "asked": len(rows),
        "labels": {emotion: labels[emotion] for emotion in BASIC_EMOTIONS},
        "clips_sha256": clips.hexdigest(),
        "groups": len({row.group for row in answered}),
        "speakers": len({row.speaker for row in answered if row.speaker}),
        "dialogues": len({row.dialogue for row in answered if row.dialogue}),
        "languages": Counter(row.language for row in answered),
        "present": Counter(m for trace in traces.values() for m in trace.present),
        "seconds": sum(trace.seconds for trace in traces.values()),
    }


def _steps(
    rows: Sequence[ManifestRow], evaluation: Evaluation, figures: dict[str, Figures]
) -> dict[str, list[tuple[str, str, Any]]]:
    """Compare configurations in pairs: the two names, and the gain in UAR."""
    ablations = [name for name in figures if name.startswith(WITHOUT)]
    if not ablations:
        return {}
    senses = [name.removeprefix(WITHOUT) for name in ablations]
    best = max(senses, key=lambda name: figures[name].uar.value)
    answers = {name: evaluation.answers(name, rows) for name in evaluation.predictions}

    def step(first: str, second: str) -> tuple[str, str, Any]:
        return first, second, uar_gain(answers[first], answers[second])

    return {
        "best": [step(FUSION, best)],
        "parts": [step(FUSION_WITH_MEMORY, FUSION), step(FULL, FUSION)],
        "ablations": [step(name, FUSION) for name in ablations],
    }


def _verdict_statistics(
    rows: Sequence[ManifestRow], evaluation: Evaluation
) -> dict[str, Any]:
    """Summarise prediction sets, explanations and costs."""
    traced = [(r, t) for r in rows if (t := evaluation.traces.get(r.number))]
    traces = [trace for _, trace in traced]
    first = traces[0]
    claims, dropped = _sum(traces, "claims"), _sum(traces, "dropped")
    return {
        "held": statistics.fmean(r.label in t.prediction_set for r, t in traced),
        "set_size": statistics.fmean(len(t.prediction_set) for t in traces),
        "claims": claims,
        "dropped": dropped,
        "standing": _sum(traces, "verified"),
        "by_model": _sum(traces, "by_model"),
        "unexplained": sum(not trace.claims for trace in traces),
        "lost": _mean(trace.comprehensiveness for trace in traces),
        "lacking": _mean(trace.sufficiency for trace in traces),
        "cpu": _spread([trace.cpu for trace in traces]),
        "wall": _spread([trace.wall for trace in traces]),
        "calls": sum(trace.usage.calls for trace in traces),
        "prompt_tokens": sum(trace.usage.prompt_tokens for trace in traces),
        "completion_tokens": sum(trace.usage.completion_tokens for trace in traces),
        "model_seconds": sum(trace.usage.seconds for trace in traces),
        "reasoner": first.reasoner,
        "settings": first.settings,
        "version": first.version,
        "models": {n: h for t in traces for n, h in sorted(t.models.items())},
    }


def _sum(traces: Sequence[VerdictTrace], name: str) -> int:
    return sum(getattr(trace, name) for trace in traces)


def _mean(values: Any) -> float | None:
    known = [value for value in values if value is not None]
    return statistics.fmean(known) if known else None


def _spread(values: Sequence[float]) -> dict[str, float]:
    return {
        "total": sum(values),
        "first": values[0],
        "median": statistics.median(values),
        "most": max(values),
    }


def _pictures(
    rows: Sequence[ManifestRow], evaluation: Evaluation, figures: dict[str, Figures]
) -> dict[str, str]:
    """Return the plots as `data:` addresses, by name of the file."""
    with TemporaryDirectory() as folder:
        files = draw_plots(evaluation.compared(rows), figures[FULL], Path(folder))
        encoded = {file.stem: base64.b64encode(file.read_bytes()) for file in files}
    return {name: f"data:image/png;base64,{c.decode()}" for name, c in encoded.items()}


def _save(file: Path, html: str) -> None:
    with explain_write_errors(file, SettingError):
        make_folder(file.parent)
        atomic_write_text(file, html)


def _signed(value: float) -> str:
    return f"{value:+.3f}".replace("-", "\u2212")


def _share(share: float) -> str:
    return f"{100 * share:.1f}\u202f%"


def describe_environment() -> dict[str, str]:
    """Return name to value of all that may change a figure; nothing about the user."""
    environment = {
        "Python": f"{platform.python_implementation()} {platform.python_version()}",
        "system": f"{platform.system()} {platform.release()}, {platform.machine()}",
        "processor": f"{_processor()}, {os.cpu_count()} cores",
    }
    if commit := _commit(Path(__file__).resolve()):
        environment["git commit"] = commit
    for name in _PACKAGES:
        try:
            environment[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return environment


def _processor() -> str:
    if _CPUINFO.exists():
        for line in _CPUINFO.read_text(encoding="utf-8").splitlines():
            name, _, value = line.partition(":")
            if name.strip() == "model name":
                return value.strip()
    return platform.processor() or "unknown"


def _commit(file: Path) -> str:
    """Return the commit of a file's repository, marked if files have changed."""
    git = shutil.which("git")
    if git is None:
        return ""
    outputs = []
    for arguments in (
        ["ls-files", "--error-unmatch", file.name],
        ["describe", "--always", "--dirty", "--abbrev=40", "--exclude=*"],
    ):
        line = [git, "-C", str(file.parent), *arguments]
        process = subprocess.run(line, capture_output=True, text=True)
        if process.returncode:
            return ""
        outputs.append(process.stdout.strip())
    return outputs[-1]
