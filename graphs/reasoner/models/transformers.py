"""A chat model of the `transformers` library in this process, from hub or folder."""

import threading
from functools import cache
from typing import Any

from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models.chat_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.messages.ai import UsageMetadata
from langchain_core.messages.utils import convert_to_openai_messages
from langchain_core.outputs import ChatGeneration, ChatResult

from affectgraph.graphs.reasoner.models.schema_prompt import with_schema_prompt

_generating = threading.Lock()


class LocalChatModel(BaseChatModel):
    """Chat model that `transformers` loads on the first question, once a process.

    Greedy decoding. It cannot be held to a schema, so it is told the schema in words.

    Attributes:
        model_name: Folder, or name on the model hub.
        max_tokens: Longest reply.
    """

    model_name: str
    max_tokens: int = 400

    @property
    def _llm_type(self) -> str:
        return "affectgraph-transformers"

    @property
    def _identifying_params(self) -> dict[str, Any]:
        return {"model": self.model_name, "max_tokens": self.max_tokens}

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        with _generating:
            tokenizer, network = _loaded(self.model_name)
            asked = convert_to_openai_messages(with_schema_prompt(messages, kwargs))
            prompt = tokenizer.apply_chat_template(
                asked, add_generation_prompt=True, return_tensors="pt", return_dict=True
            )
            replied = network.generate(
                **prompt, max_new_tokens=self.max_tokens, do_sample=False
            )
        read = int(prompt["input_ids"].shape[1])
        written = int(replied.shape[1]) - read
        text = tokenizer.decode(replied[0, read:], skip_special_tokens=True)
        counted = UsageMetadata(
            input_tokens=read, output_tokens=written, total_tokens=read + written
        )
        message = AIMessage(content=text, usage_metadata=counted)
        return ChatResult(generations=[ChatGeneration(message=message)])


@cache
def _loaded(name: str) -> tuple[Any, Any]:
    """Tokenizer and network; call it with `_generating` held."""
    from transformers import AutoModelForCausalLM, AutoTokenizer

    # Neither code of theirs nor pickled weights.
    how = {"trust_remote_code": False}
    tokenizer = AutoTokenizer.from_pretrained(name, **how)
    network = AutoModelForCausalLM.from_pretrained(name, use_safetensors=True, **how)
    return tokenizer, network.eval()
