"""Language models for the reasoner: in the process or behind an API."""

from affectgraph.graphs.reasoner.models.providers import (
    DEFAULT_WEIGHTS,
    chat_model,
    full_name,
    model_settings,
    required_weights,
)

__all__ = [
    "DEFAULT_WEIGHTS",
    "chat_model",
    "full_name",
    "model_settings",
    "required_weights",
]
