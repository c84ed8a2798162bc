"""Options that several commands share, one by one and as objects."""

from collections.abc import Callable
from dataclasses import MISSING, dataclass, fields, is_dataclass
from functools import wraps
from inspect import Parameter, Signature, signature
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, get_type_hints

import typer

from affectgraph.agents.governance.purpose import (
    DEFAULT,
    PERMITTED,
    VARIABLE,
    checked_purpose,
)

if TYPE_CHECKING:
    from affectgraph.agents.agent import EmotionAgent

Tools = Annotated[
    str | None,
    typer.Option(
        help="Senses, separated by commas: names, MODULE:NAME or MODALITY=hf:MODEL."
    ),
]
Llm = Annotated[
    str | None,
    typer.Option(
        metavar="PROVIDER:MODEL",
        help="embedded[:NAME], vllm:MODEL, openai:MODEL, ollama:MODEL or "
        "transformers:MODEL; none by default.",
    ),
]
RequiredLlm = Annotated[
    str, typer.Option("--llm", metavar="PROVIDER:MODEL", help="The language model.")
]
Calibration = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE",
        help="How much the language model counts: a file of affectgraph calibrate.",
    ),
]
NoLlm = Annotated[
    bool, typer.Option("--no-llm", help="Use no language model, as by default.")
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object a line.")]
Verbose = Annotated[
    bool,
    typer.Option(
        "--verbose", help="Also print probabilities, evidence, checks and cases."
    ),
]
Quiet = Annotated[bool, typer.Option("--quiet", help="Print one line a clip.")]
Out = Annotated[
    Path | None,
    typer.Option(metavar="DIR", help="Also write results into this folder."),
]
Memory = Annotated[
    str | None,
    typer.Option(
        metavar="PLACE",
        envvar="AFFECTGRAPH_MEMORY",
        help="Your own cases: a folder, or postgresql://...",
    ),
]
Purpose = Annotated[
    str | None,
    typer.Option(
        callback=checked_purpose,
        help=f"Purpose of the verdicts: {', '.join(PERMITTED)}. [default: {VARIABLE}, "
        f"or {DEFAULT}]",
    ),
]
Audit = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE", help="Append every verdict to this log; audit verify checks it."
    ),
]
Evidence = Annotated[
    Path | None,
    typer.Option(
        metavar="DIR",
        envvar="AFFECTGRAPH_EVIDENCE",
        help="Cache of perception results, transcripts included.",
    ),
]
Language = Annotated[
    str, typer.Option(help="Language of the words, such as de; auto detects it.")
]
Text = Annotated[
    str | None, typer.Option(help="The words of the clip; replaces speech recognition.")
]
Thread = Annotated[
    str | None, typer.Option(help="Name of the run or conversation, to continue it.")
]
Annotator = Annotated[str, typer.Option(help="Who gives the label: a handle.")]
Licence = Annotated[str, typer.Option(help="Licence of the clips.")]


@dataclass(frozen=True)
class AgentOptions:
    """Options of every command that analyses clips."""

    tools: Tools = None
    llm: Llm = None
    no_llm: NoLlm = False
    calibration: Calibration = None
    purpose: Purpose = None

    @property
    def model(self) -> str | None:
        """Name of the language model; None without one."""
        return None if self.no_llm else self.llm

    @property
    def senses(self) -> list[str] | None:
        """Names of the senses; None for the default ones."""
        return split_names(self.tools)

    def create_agent(self, **settings: Any) -> "EmotionAgent":
        """The agent; `settings` are further arguments of `EmotionAgent`."""
        chosen = {
            "llm": self.model,
            "tools": self.senses,
            "calibration": self.calibration,
            "purpose": self.purpose,
        }
        # LangGraph takes a second to import; some commands need none of it.
        from affectgraph.agents.agent import EmotionAgent

        return EmotionAgent(**{**chosen, "progress": True, **settings})


def expand_options(command: Callable[..., None]) -> Callable[..., None]:
    """Let a command take a dataclass of options as one argument.

    Typer sees each field as a parameter of the command; the command gets the object.
    """
    hints = get_type_hints(command, include_extras=True)
    groups: dict[str, type[Any]] = {
        name: hint
        for name, hint in hints.items()
        if isinstance(hint, type) and is_dataclass(hint)
    }
    parameters: list[Parameter] = []
    for name, parameter in signature(command).parameters.items():
        if name in groups:
            parameters += _field_parameters(groups[name])
            continue
        parameters.append(
            parameter.replace(kind=Parameter.KEYWORD_ONLY, annotation=hints[name])
        )

    @wraps(command)
    def run(**values: Any) -> None:
        for name, group in groups.items():
            values[name] = group(**{f.name: values.pop(f.name) for f in fields(group)})
        command(**values)

    vars(run)["__signature__"] = Signature(parameters)
    run.__annotations__ = {p.name: p.annotation for p in parameters}
    return run


def _field_parameters(group: type[Any]) -> list[Parameter]:
    types = get_type_hints(group, include_extras=True)
    return [
        Parameter(
            field.name,
            Parameter.KEYWORD_ONLY,
            default=Parameter.empty if field.default is MISSING else field.default,
            annotation=types[field.name],
        )
        for field in fields(group)
    ]


def split_names(names: str | None) -> list[str] | None:
    """Names that an option separates by commas; None without the option."""
    return None if names is None else [name.strip() for name in names.split(",")]
