"""The JSON schema in the prompt, for models and servers that cannot enforce it."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from langchain_core.messages import BaseMessage, HumanMessage


def with_schema_prompt(
    messages: Sequence[BaseMessage], options: Mapping[str, Any]
) -> list[BaseMessage]:
    """Messages with the schema of `response_format` appended to the last one.

    Args:
        messages: Messages of the request.
        options: Options of the request; without a schema the messages are unchanged.
    """
    schema = options.get("response_format", {}).get("json_schema", {}).get("schema")
    if schema is None:
        return list(messages)
    text = (
        f"{messages[-1].text}\nReply with one JSON object that fits this JSON schema, "
        f"and nothing else: {json.dumps(schema)}"
    )
    return [*messages[:-1], HumanMessage(text)]
