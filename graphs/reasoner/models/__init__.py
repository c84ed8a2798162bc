"""Language models that may reason: one in the process, or one behind an API."""

from affectgraph.graphs.reasoner.models.providers import (
    ADAPTED,
    DEFAULT,
    chat_model,
    required_weights,
    settings,
)

__all__ = ["ADAPTED", "DEFAULT", "chat_model", "required_weights", "settings"]
