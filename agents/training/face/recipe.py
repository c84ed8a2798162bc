"""Training recipe of the face sense: `affectgraph train face --data DIR --out DIR`.

Four stages, one thread, each kept in OUT so that a run which was stopped goes on there:
the teacher's measures of the faces, the picture network, the movements, and the reading
of windows. Deterministic by seed. No image occurs twice.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from affectgraph.agents.training.face.augmented import seen_in
from affectgraph.agents.training.face.checkpoint import Checkpoint
from affectgraph.agents.training.face.contract import contract
from affectgraph.agents.training.face.data import (
    Faces,
    as_array,
    ballots,
    fresh,
    read,
    without_duplicates,
)
from affectgraph.agents.training.face.evaluation import (
    Contract,
    EvaluatedFaces,
    Measure,
    photograph_figures,
    quality_figures,
    speech_figures,
    vote_figures,
)
from affectgraph.agents.training.face.export import (
    export,
    run,
    run_varied,
    write_contract,
    write_plain,
)
from affectgraph.agents.training.face.fit import fit
from affectgraph.agents.training.face.groups import group_figures
from affectgraph.agents.training.face.mesh import TAUGHT
from affectgraph.agents.training.face.movements import agreement, population
from affectgraph.agents.training.face.movements import fit as fit_movements
from affectgraph.agents.training.face.movements import read as read_movements
from affectgraph.agents.training.face.network import (
    ExpressionNetwork,
    MovementNetwork,
    WindowNetwork,
)
from affectgraph.agents.training.face.posed import posed_figures
from affectgraph.agents.training.face.speech import Speech, Still
from affectgraph.agents.training.face.teacher import TeacherLabels, find_task, teach
from affectgraph.agents.training.face.views import framing
from affectgraph.agents.training.face.window import VoteHead
from affectgraph.agents.training.face.window import fit as fit_window
from affectgraph.tools.augment.augmented import AugmentedClip, summarize_clips
from affectgraph.tools.emotions import BASIC_EMOTIONS
from affectgraph.tools.face.expression import EXPRESSION
from affectgraph.tools.face.movements import MOVEMENTS
from affectgraph.tools.face.window import WINDOW

_EXAMPLES = 1024
Array = NDArray[np.float32]

# How far the movements of a face at rest vary from look to look.
_NOISE = 0.03


def train(
    data: Path, out: Path, *, seed: int = 0, more: Sequence[AugmentedClip] = ()
) -> None:
    """Learn, calibrate, export and report; about two hours of one core.

    Calibrations are fitted on one half of the validation faces, every figure printed is
    of the other half.

    Args:
        data: Folder of the shared data layout: `faces/fer2013_*.npz`, and the teacher
            `face_landmarker.task` in it, or in `models` in it or beside it.
        out: Folder to write the three networks to.
        seed: Of everything random.
        more: Augmented clips to learn from, too, and not to be judged on.

    Raises:
        SettingError: If the teacher is not there, or a clip cannot be opened.
    """
    torch.set_num_threads(1)
    learned, chosen, judged = load(data)
    print(f"{len(learned.labels)} faces to learn from, {len(judged.labels)} to judge")
    held = chosen.beside(judged)
    learned = _with(more, learned, held)
    task = find_task(data)
    taught = teach(task, learned.pixels, out / "face-teacher-learned.npz")
    held_taught = teach(task, held.pixels, out / "face-teacher-held.npz", twice=True)
    network = _pictures(learned, taught, out, seed)
    moves = _movements(learned, taught, held, held_taught, out, seed)

    def measure(faces: Faces) -> tuple[Array, Array, Array]:
        movements, pose, _ = read_movements(moves, as_array(faces))
        return movements, pose, run_varied(out / EXPRESSION, faces)[1]

    photographs = _stills(learned, moves, out / EXPRESSION)
    head, speech = VoteHead.of(network), Speech(photographs, TAUGHT, _NOISE)
    reader = fit_window(photographs, speech, head, seed=seed)
    write_plain(
        reader, reader.mean[None].numpy(), ["votes"], out / WINDOW, name="windows"
    )
    first = EvaluatedFaces.of(chosen, measure)
    terms = contract(reader, first, first.spoiled(measure, seed), speech, head, seed)
    write_contract(out / WINDOW, terms)
    for figures in _figures(data, judged, measure, reader, terms, head, speech, seed):
        print(figures, flush=True)


def _figures(
    data: Path,
    judged: Faces,
    measure: Measure,
    reader: WindowNetwork,
    terms: Contract,
    head: VoteHead,
    speech: Speech,
    seed: int,
) -> Iterator[str]:
    """The tables of the model cards, of faces that nothing was chosen on."""
    faces = EvaluatedFaces.of(judged, measure)
    yield photograph_figures(reader, terms, faces, head)
    votes = data / "faces" / "fer2013_validation.npz"
    counts = ballots(votes)[fresh(read(votes))][1::2]
    yield vote_figures(reader, terms, faces, head, counts)
    yield speech_figures(reader, terms, faces, head, speech)
    spoiled = faces.spoiled(measure, seed + 1)
    yield quality_figures(reader, terms, spoiled, faces, head, speech)
    if (data / "ck48").is_dir():
        yield posed_figures(data / "ck48", measure, reader, terms, head)
    yield group_figures(reader, terms, judged, measure, head)


def load(data: Path) -> tuple[Faces, Faces, Faces]:
    """Faces to learn from, to choose settings on, and to judge on."""
    held = without_duplicates(read(data / "faces" / "fer2013_validation.npz"))
    everything = read(data / "faces" / "fer2013_train.npz")
    learned = without_duplicates(everything, seen=held)
    order = np.arange(len(held.labels))
    return learned, held.take(order[::2]), held.take(order[1::2])


def _with(more: Sequence[AugmentedClip], learned: Faces, held: Faces) -> Faces:
    clips, added = seen_in(more)
    if not clips:
        return learned
    new = fresh(added, learned.beside(held))
    print(summarize_clips([clips[number] for number in new]))
    return learned.beside(added.take(new))


def _pictures(
    learned: Faces, taught: TeacherLabels, out: Path, seed: int
) -> ExpressionNetwork:
    voted = np.flatnonzero(learned.votes.sum(axis=1) > 0)
    frames = framing(taught.framed()[voted])
    network = fit(learned.take(voted), frames, out, seed=seed)
    file = out / EXPRESSION
    export(network, as_array(learned.take(np.arange(_EXAMPLES))), file)
    write_contract(
        file,
        {
            "classes": [*BASIC_EMOTIONS, "contempt"],
            "input": "faces float32 [n, 1, 48, 48], grey, 0 to 1, framed by alignment",
            "embedding": 192,
        },
    )
    return network


def _stills(learned: Faces, moves: MovementNetwork, pictures: Path) -> Still:
    """The faces with votes as the networks see them."""
    voted = learned.take(np.flatnonzero(learned.votes.sum(axis=1) > 0))
    faces = as_array(voted)
    embeddings = run(pictures, faces)[1]
    return Still(read_movements(moves, faces)[0], embeddings, voted.votes)


def _movements(
    learned: Faces,
    taught: TeacherLabels,
    held: Faces,
    held_taught: TeacherLabels,
    out: Path,
    seed: int,
) -> MovementNetwork:
    run_file = Checkpoint(out / "face-movements.safetensors")
    network = fit_movements(learned.pixels, taught, run_file, seed=seed)
    file = out / MOVEMENTS
    names = ["movements", "pose", "landmarks"]
    write_plain(network, as_array(learned.take(np.arange(2))), names, file)
    table, correlations = agreement(network, held, held_taught)
    print(table)
    typical = population(network, as_array(held), correlations)
    write_contract(file, {"movements": list(TAUGHT), "population": typical})
    return network
