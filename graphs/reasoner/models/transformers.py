"""Chat model of the `transformers` library, from the model hub or a folder."""

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

_lock = threading.Lock()


class TransformersChatModel(BaseChatModel):
    """Chat model that `transformers` loads at the first request, once per process.

    Decoding is greedy. It cannot be constrained, so the schema goes into the prompt.
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
        with _lock:
            tokenizer, network = _load(self.model_name)
            chat = convert_to_openai_messages(with_schema_prompt(messages, kwargs))
            prompt = tokenizer.apply_chat_template(
                chat, add_generation_prompt=True, return_tensors="pt", return_dict=True
            )
            output = network.generate(
                **prompt, max_new_tokens=self.max_tokens, do_sample=False
            )
        prompt_tokens = int(prompt["input_ids"].shape[1])
        total_tokens = int(output.shape[1])
        text = tokenizer.decode(output[0, prompt_tokens:], skip_special_tokens=True)
        token_counts = UsageMetadata(
            input_tokens=prompt_tokens,
            output_tokens=total_tokens - prompt_tokens,
            total_tokens=total_tokens,
        )
        message = AIMessage(content=text, usage_metadata=token_counts)
        return ChatResult(generations=[ChatGeneration(message=message)])


@cache
def _load(name: str) -> tuple[Any, Any]:
    """Tokenizer and network; the caller holds `_lock`."""
    from transformers import AutoModelForCausalLM, AutoTokenizer

    # Neither code from the hub nor pickled weights.
    tokenizer = AutoTokenizer.from_pretrained(name, trust_remote_code=False)
    network = AutoModelForCausalLM.from_pretrained(
        name, trust_remote_code=False, use_safetensors=True
    )
    return tokenizer, network.eval()
