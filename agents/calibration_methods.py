"""Calibration of the language model: the agent's method `calibrate`."""

from collections.abc import Callable, Sequence
from pathlib import Path

from affectgraph.agents.analysis_methods import AnalysisMethods
from affectgraph.agents.evaluation.calibrate import judge_clip, measure, methods_of
from affectgraph.agents.evaluation.manifest import ManifestRow, read_manifest
from affectgraph.agents.evaluation.run import open_clip
from affectgraph.graphs.reasoner.measurement import (
    ReasonerMeasurement,
    measurement_file,
)
from affectgraph.graphs.reasoner.models import full_name
from affectgraph.graphs.reasoner.reasoner import Reasoner
from affectgraph.tools.errors import AffectgraphError, SettingError
from affectgraph.tools.io.arguments import AnyPath, checked_path


class CalibrationMethods(AnalysisMethods):
    """The part of an agent that measures its language model."""

    def calibrate(
        self,
        manifest: AnyPath | Sequence[ManifestRow],
        out: AnyPath | None = None,
        *,
        done: Callable[[int], None] = lambda _: None,
    ) -> ReasonerMeasurement:
        """Measure how much the language model deserves to count, on labelled clips.

        It judges every clip blind to the senses, directly and after deliberation. What
        it adds to the pool, in cross-fitted log loss, decides: it counts only if the
        lower 95% bound of its gain is above zero. Labels never reach the graph. This
        agent and later ones use the result.

        Args:
            manifest: CSV as for `affectgraph evaluate`, or its rows.
            out: File to write; one in the user's data folder if None.
            done: Called after each clip with the number of clips done.

        Returns:
            The measurement; clips that cannot be analysed take no part.

        Raises:
            SettingError: If there is no language model, or no clip can be used.
        """
        rows = _rows(manifest)
        reasoner = self._resources.reasoner
        if reasoner is None:
            missing = "; ".join(self._resources.missing) or "name one as llm"
            raise SettingError(f"there is no language model to calibrate: {missing}")
        methods, clips, problem = methods_of(reasoner), [], ""
        for number, row in enumerate(rows, 1):
            try:
                context = self.context(open_clip(row, rows))
                clip = judge_clip(context, methods, row.label, row.group)
            except AffectgraphError as error:
                problem = problem or f"row {row.number}: {error}"
                continue
            finally:
                done(number)
            if clip is not None:
                clips.append(clip)
        if not clips:
            raise SettingError(
                f"no clip could be judged; {problem or 'all say nothing'}"
            )
        measured = measure(reasoner, clips)
        measured.save(calibration_file(reasoner, out))
        self._resources.use_measurement(measured)
        return measured


def calibration_file(reasoner: Reasoner, out: AnyPath | None) -> Path:
    """The file that `calibrate` writes."""
    return checked_path("out", out) or measurement_file(full_name(reasoner.name))


def _rows(manifest: AnyPath | Sequence[ManifestRow]) -> list[ManifestRow]:
    if isinstance(manifest, list | tuple):
        return list(manifest)
    return read_manifest(manifest)  # type: ignore[arg-type]
