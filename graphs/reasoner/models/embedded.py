"""A language model in the process: llama.cpp through xllamacpp, on the CPU, offline."""

import json
import os
import secrets
import tempfile
import threading
from pathlib import Path
from typing import Any

from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models.chat_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.messages.ai import UsageMetadata
from langchain_core.messages.utils import convert_to_openai_messages
from langchain_core.outputs import ChatGeneration, ChatResult

from affectgraph.tools import weights
from affectgraph.tools.errors import ReasonerError
from affectgraph.tools.io.per_process import per_process
from affectgraph.tools.io.processors import processors

_CONTEXT_TOKENS = 6144
_PROMPT_CACHE_MIB = 256
_GUESS_AFTER, _GUESS_AT_MOST = 4, 16


class EmbeddedChatModel(BaseChatModel):
    """Chat model over a GGUF file of the weights manifest.

    Greedy decoding, so the same question gets the same answer. The file is loaded on
    the first question, once a process. `response_format` with a JSON schema constrains
    the decoding.

    Attributes:
        weights_name: Name in the weights manifest.
        adapter: Name in it of a LoRA adapter for those weights; empty without one.
        max_tokens: Longest reply.
    """

    weights_name: str
    adapter: str = ""
    max_tokens: int = 400

    @property
    def _llm_type(self) -> str:
        return "affectgraph-embedded"

    @property
    def _identifying_params(self) -> dict[str, Any]:
        names = (self.weights_name, self.adapter)
        return {
            "weights": {n: weights.entry(n).sha256 for n in names if n},
            "temperature": 0,
            "seed": 0,
            "max_tokens": self.max_tokens,
        }

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        request = {
            "messages": convert_to_openai_messages(messages),
            "temperature": 0,
            "seed": 0,
            "max_tokens": self.max_tokens,
            "stop": stop or [],
            **kwargs,
        }
        with _loading():
            server = _server(self.weights_name, self.adapter)
        reply = server.handle_chat_completions(request)
        if isinstance(reply, str):
            reply = json.loads(reply)
        if "choices" not in reply:
            problem = reply.get("error", {}).get("message", "no reply")
            raise ReasonerError(f"{self.weights_name}: {problem}")
        text = reply["choices"][0]["message"].get("content") or ""
        usage = reply["usage"]
        counted = UsageMetadata(
            input_tokens=usage["prompt_tokens"],
            output_tokens=usage["completion_tokens"],
            total_tokens=usage["total_tokens"],
        )
        message = AIMessage(content=text, usage_metadata=counted)
        return ChatResult(generations=[ChatGeneration(message=message)])


@per_process
def _loading() -> threading.Lock:
    return threading.Lock()


@per_process
def _server(name: str, adapter: str) -> Any:
    """Load a model; call it with `_loading` held.

    xllamacpp serves HTTP beside the calls made here. It is bound to a Unix socket in a
    private folder, which is removed at once, so nothing can connect to it.
    """
    file = weights.path(name)
    adapters = [weights.path(adapter)] if adapter else []
    # Spinning OpenMP threads starve the rest of a small machine.
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    import xllamacpp

    parameters = xllamacpp.CommonParams()
    parameters.model.path = str(file)
    parameters.lora_adapters = [
        xllamacpp.CommonAdapterLoraInfo(str(path), 1.0) for path in adapters
    ]
    parameters.n_ctx = _CONTEXT_TOKENS
    parameters.n_parallel = 1
    parameters.cache_ram_mib = _PROMPT_CACHE_MIB
    parameters.warmup = False
    parameters.verbosity = -1
    parameters.ui = False
    parameters.api_keys = [secrets.token_hex(16)]
    # A claim repeats words of the evidence: guess them from the prompt, check in bulk.
    guess = xllamacpp.common_speculative_type.COMMON_SPECULATIVE_TYPE_NGRAM_SIMPLE
    parameters.speculative.types = [guess]
    parameters.speculative.ngram_simple.size_n = _GUESS_AFTER
    parameters.speculative.ngram_simple.size_m = _GUESS_AT_MOST
    parameters.cpuparams.n_threads = parameters.cpuparams_batch.n_threads = _idle()
    with tempfile.TemporaryDirectory(prefix="affectgraph-") as private:
        parameters.hostnames = [str(Path(private) / "closed.sock")]
        return xllamacpp.Server(parameters)


def _idle() -> int:
    """Processors that nothing else keeps busy, at least one."""
    busy = os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0
    return max(1, min(processors(), round((os.cpu_count() or 1) - busy)))
