"""A schema in words, for models and servers that cannot be held to one."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from langchain_core.messages import BaseMessage, HumanMessage


def with_schema_prompt(
    messages: Sequence[BaseMessage], options: Mapping[str, Any]
) -> list[BaseMessage]:
    """The messages, the last of them with the schema that `response_format` holds.

    Args:
        messages: A question; its last message asks.
        options: What would go with it; as it is where there is no schema.
    """
    wanted = options.get("response_format", {}).get("json_schema", {}).get("schema")
    if wanted is None:
        return list(messages)
    told = (
        f"{messages[-1].text}\nReply with one JSON object that fits this JSON schema, "
        f"and nothing else: {json.dumps(wanted)}"
    )
    return [*messages[:-1], HumanMessage(told)]
