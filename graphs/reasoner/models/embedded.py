"""Embedded language model: llama.cpp through xllamacpp, on the CPU, offline."""

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
from affectgraph.tools.io.processors import processor_count

_CONTEXT_TOKENS = 6144
_PROMPT_CACHE_MIB = 256
# Speculative decoding: length of the n-gram to match, and of the draft.
_NGRAM_TOKENS, _DRAFT_TOKENS = 4, 16


class EmbeddedChatModel(BaseChatModel):
    """Chat model over a GGUF file of the weights manifest.

    Decoding is greedy, hence deterministic. The file is loaded at the first request,
    once per process. `response_format` with a JSON schema constrains the decoding.

    Attributes:
        weights_name: Name of the weights in the manifest.
        adapter: Name of a LoRA adapter in the manifest; empty without one.
        max_tokens: Maximum length of a reply.
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
        with _load_lock():
            server = _server(self.weights_name, self.adapter)
        reply = server.handle_chat_completions(request)
        if isinstance(reply, str):
            reply = json.loads(reply)
        if "choices" not in reply:
            problem = reply.get("error", {}).get("message", "no reply")
            raise ReasonerError(f"{self.weights_name}: {problem}")
        choice = reply["choices"][0]
        text = choice["message"].get("content") or ""
        usage = reply["usage"]
        token_counts = UsageMetadata(
            input_tokens=usage["prompt_tokens"],
            output_tokens=usage["completion_tokens"],
            total_tokens=usage["total_tokens"],
        )
        message = AIMessage(
            content=text,
            usage_metadata=token_counts,
            response_metadata={"logprobs": choice.get("logprobs")},
        )
        return ChatResult(generations=[ChatGeneration(message=message)])


@per_process
def _load_lock() -> threading.Lock:
    return threading.Lock()


@per_process
def _server(name: str, adapter: str) -> Any:
    """Load a model; the caller holds `_load_lock()`.

    xllamacpp always opens an HTTP server, too. It is bound to a Unix socket in a
    private folder that is removed at once, so nothing can connect to it.
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
    # Claims repeat words of the evidence, so n-grams of the prompt are good drafts.
    ngram = xllamacpp.common_speculative_type.COMMON_SPECULATIVE_TYPE_NGRAM_SIMPLE
    parameters.speculative.types = [ngram]
    parameters.speculative.ngram_simple.size_n = _NGRAM_TOKENS
    parameters.speculative.ngram_simple.size_m = _DRAFT_TOKENS
    parameters.cpuparams.n_threads = parameters.cpuparams_batch.n_threads = (
        _idle_processors()
    )
    with tempfile.TemporaryDirectory(prefix="affectgraph-") as folder:
        parameters.hostnames = [str(Path(folder) / "closed.sock")]
        return xllamacpp.Server(parameters)


def _idle_processors() -> int:
    """Number of processors that are not busy, at least one."""
    busy = os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0
    return max(1, min(processor_count(), round((os.cpu_count() or 1) - busy)))
