"""From `PROVIDER:MODEL` to a chat model."""

import json
import os
from importlib import import_module
from typing import Any

import httpx
from langchain_core.language_models.chat_models import BaseChatModel

from affectgraph.graphs.reasoner.models.embedded import EmbeddedChatModel
from affectgraph.graphs.reasoner.models.retry_transport import PatientTransport
from affectgraph.graphs.reasoner.models.transformers import LocalChatModel
from affectgraph.tools.errors import SettingError

DEFAULT = "embedded"

# Our own: the small model, and what it learned.
ADAPTED = ("smollm2-135m-instruct-q4_1.gguf", "affectgraph-135m.gguf")
# Weights of each embedded model, the adapter last where it has one.
_EMBEDDED: dict[str, tuple[str, ...]] = {
    "": ADAPTED,
    "affectgraph-135m": ADAPTED,
    "qwen2.5-coder-1.5b": ("qwen2.5-coder-1.5b-instruct-q4_k_m.gguf",),
    "smollm2-135m": ADAPTED[:1],
}
_PROVIDERS = ("embedded", "vllm", "openai", "ollama", "transformers")
_VLLM_URL = "http://127.0.0.1:8000/v1"
_SECONDS = 120.0
_MOST_TOKENS = 2_000


def chat_model(name: str) -> BaseChatModel:
    """The chat model of that name; nothing is loaded or connected yet.

    Args:
        name: `embedded[:NAME]`, `vllm:MODEL` (server at `AFFECTGRAPH_VLLM_URL`),
            `openai:MODEL`, `ollama:MODEL` or `transformers:MODEL`. The clients of
            OpenAI and Ollama read their addresses from `OPENAI_BASE_URL` and
            `OLLAMA_HOST`.

    Raises:
        SettingError: If the provider or model is unknown, or its extra not installed.
    """
    provider, _, model = name.partition(":")
    if provider == "embedded":
        weights_name, *adapter = _embedded(model)
        return EmbeddedChatModel(weights_name=weights_name, adapter="".join(adapter))
    if provider not in _PROVIDERS or not model:
        raise SettingError(
            f"language model {name!r}: name one as PROVIDER:MODEL, "
            f"with a provider of {', '.join(_PROVIDERS)}"
        )
    if provider in ("vllm", "openai"):
        return _openai(provider, model)
    if provider == "ollama":
        return _ollama(model)
    _extra("transformers", "transformers")
    return LocalChatModel(model_name=model)


def required_weights(name: str) -> tuple[str, ...]:
    """Names in the weights manifest that this language model has to have.

    Raises:
        SettingError: If there is no embedded model of that name.
    """
    provider, _, model = name.partition(":")
    return _embedded(model) if provider == "embedded" else ()


def settings(model: BaseChatModel) -> dict[str, Any]:
    """What a chat model says of its own settings, as plain JSON; no keys are in it."""
    told = dict(model._identifying_params)
    plain: dict[str, Any] = json.loads(json.dumps(told, default=str))
    return plain


def _embedded(model: str) -> tuple[str, ...]:
    if model not in _EMBEDDED:
        known = ", ".join(key for key in _EMBEDDED if key)
        raise SettingError(f"embedded model {model!r} is unknown; there are {known}")
    return _EMBEDDED[model]


def _openai(provider: str, model: str) -> BaseChatModel:
    settings: dict[str, Any] = {
        "model": model,
        "temperature": 0,
        "seed": 0,
        "max_tokens": _MOST_TOKENS,
        "timeout": _SECONDS,
        "max_retries": 0,
        "http_client": httpx.Client(transport=PatientTransport()),
    }
    if provider == "vllm":
        settings["base_url"] = os.environ.get("AFFECTGRAPH_VLLM_URL", _VLLM_URL)
        settings["api_key"] = os.environ.get("AFFECTGRAPH_VLLM_KEY", "none")
    elif not os.environ.get("OPENAI_API_KEY"):
        raise SettingError(f"openai:{model}: set OPENAI_API_KEY, or use another model")
    return _typed(_extra("langchain_openai", "").ChatOpenAI(**settings))


def _ollama(model: str) -> BaseChatModel:
    return _typed(
        _extra("langchain_ollama", "ollama").ChatOllama(
            model=model,
            temperature=0,
            seed=0,
            num_predict=_MOST_TOKENS,
            client_kwargs={"timeout": _SECONDS},
            sync_client_kwargs={"transport": PatientTransport()},
        )
    )


def _extra(module: str, extra: str) -> Any:
    try:
        return import_module(module)
    except ImportError as error:
        raise SettingError(
            f"{module} is not installed; run pip install 'affectgraph[{extra}]'"
        ) from error


def _typed(model: Any) -> BaseChatModel:
    if not isinstance(model, BaseChatModel):
        raise SettingError(f"{type(model).__name__} is not a LangChain chat model")
    return model
