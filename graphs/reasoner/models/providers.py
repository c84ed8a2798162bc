"""Chat models by name: `PROVIDER:MODEL`."""

import json
import os
from typing import Any

import httpx
import tenacity
from langchain_core.language_models.chat_models import BaseChatModel

from affectgraph.graphs.reasoner.models.embedded import EmbeddedChatModel
from affectgraph.graphs.reasoner.models.transformers import TransformersChatModel
from affectgraph.tools.errors import SettingError
from affectgraph.tools.extras import import_extra

_EMBEDDED_PROVIDER = "embedded"

# The default embedded model: base weights and the adapter trained for this package.
DEFAULT_WEIGHTS = ("smollm2-135m-instruct-q4_1.gguf", "affectgraph-135m.gguf")
# Weights of each embedded model, the adapter last where it has one.
_EMBEDDED: dict[str, tuple[str, ...]] = {
    "": DEFAULT_WEIGHTS,
    "affectgraph-135m": DEFAULT_WEIGHTS,
    "qwen2.5-coder-1.5b": ("qwen2.5-coder-1.5b-instruct-q4_k_m.gguf",),
    "smollm2-135m": DEFAULT_WEIGHTS[:1],
}
_PROVIDERS = ("embedded", "vllm", "openai", "ollama", "transformers")
_VLLM_URL = "http://127.0.0.1:8000/v1"
_TIMEOUT_S = 120.0
_MAX_TOKENS = 2_000

_MAX_ATTEMPTS = 3
_TRANSIENT_STATUS = frozenset({429, 500, 502, 503, 504})
_MAX_WAIT_S = 20.0


def chat_model(name: str) -> BaseChatModel:
    """The chat model with that name; it is loaded or connected at its first request.

    Args:
        name: `embedded[:NAME]`, `vllm:MODEL` (server at `AFFECTGRAPH_VLLM_URL`),
            `openai:MODEL`, `ollama:MODEL` or `transformers:MODEL`. The clients of
            OpenAI and Ollama read their addresses from `OPENAI_BASE_URL` and
            `OLLAMA_HOST`.
    """
    provider, _, model = name.partition(":")
    if provider == "embedded":
        weights_name, *adapter = _embedded_weights(model)
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
    import_extra("transformers", "transformers")
    return TransformersChatModel(model_name=model)


def full_name(name: str) -> str:
    """The name of a model without abbreviation: `embedded` names its default."""
    if name != _EMBEDDED_PROVIDER:
        return name
    key = next(k for k, weights in _EMBEDDED.items() if k and weights == _EMBEDDED[""])
    return f"{_EMBEDDED_PROVIDER}:{key}"


def required_weights(name: str) -> tuple[str, ...]:
    """Names of the weights that this language model needs, as in the manifest.

    Raises:
        SettingError: If there is no embedded model of that name.
    """
    provider, _, model = name.partition(":")
    return _embedded_weights(model) if provider == "embedded" else ()


def model_settings(model: BaseChatModel) -> dict[str, Any]:
    """Settings of a chat model as plain JSON; API keys are not among them."""
    parameters = dict(model._identifying_params)
    settings: dict[str, Any] = json.loads(json.dumps(parameters, default=str))
    return settings


def _embedded_weights(model: str) -> tuple[str, ...]:
    if model not in _EMBEDDED:
        known = ", ".join(key for key in _EMBEDDED if key)
        raise SettingError(f"embedded model {model!r} is unknown; there are {known}")
    return _EMBEDDED[model]


def _openai(provider: str, model: str) -> BaseChatModel:
    options: dict[str, Any] = {
        "model": model,
        "temperature": 0,
        "seed": 0,
        "max_tokens": _MAX_TOKENS,
        "timeout": _TIMEOUT_S,
        "max_retries": 0,
        "http_client": httpx.Client(transport=RetryTransport()),
    }
    if provider == "vllm":
        options["base_url"] = os.environ.get("AFFECTGRAPH_VLLM_URL", _VLLM_URL)
        options["api_key"] = os.environ.get("AFFECTGRAPH_VLLM_KEY", "none")
    elif not os.environ.get("OPENAI_API_KEY"):
        raise SettingError(f"openai:{model}: set OPENAI_API_KEY, or use another model")
    return _check_type(import_extra("langchain_openai", "").ChatOpenAI(**options))


def _ollama(model: str) -> BaseChatModel:
    return _check_type(
        import_extra("langchain_ollama", "ollama").ChatOllama(
            model=model,
            temperature=0,
            seed=0,
            num_predict=_MAX_TOKENS,
            client_kwargs={"timeout": _TIMEOUT_S},
            sync_client_kwargs={"transport": RetryTransport()},
        )
    )


def _check_type(model: Any) -> BaseChatModel:
    if not isinstance(model, BaseChatModel):
        raise SettingError(f"{type(model).__name__} is not a LangChain chat model")
    return model


class RetryTransport(httpx.BaseTransport):
    """Retries a request after 429, 5xx or a failed connection, three attempts in all.

    It waits as long as the server's `Retry-After` says, at most 20 s, else with
    exponential backoff. A read timeout is not retried: it has cost enough time already.
    The last response or error is passed on.
    """

    def __init__(self, inner: httpx.BaseTransport | None = None) -> None:
        self._inner = inner or httpx.HTTPTransport()
        self._retrying = tenacity.Retrying(
            retry=tenacity.retry_if_exception(_is_transient)
            | tenacity.retry_if_result(
                lambda reply: reply.status_code in _TRANSIENT_STATUS
            ),
            stop=tenacity.stop_after_attempt(_MAX_ATTEMPTS),
            wait=_wait,
            before_sleep=_close,
            retry_error_callback=lambda state: state.outcome and state.outcome.result(),
        )

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send one request.

        Raises:
            httpx.TransportError: If there is no response.
        """
        return self._retrying(self._inner.handle_request, request)

    def close(self) -> None:
        """Close the connections."""
        self._inner.close()


def _is_transient(error: BaseException) -> bool:
    timed_out = isinstance(error, httpx.ReadTimeout)
    return isinstance(error, httpx.TransportError) and not timed_out


def _wait(state: tenacity.RetryCallState) -> float:
    retry_after = ""
    if state.outcome is not None and not state.outcome.failed:
        retry_after = state.outcome.result().headers.get("retry-after", "")
    if retry_after.replace(".", "", 1).isdigit():
        return min(float(retry_after), _MAX_WAIT_S)
    return tenacity.wait_exponential_jitter(initial=0.5, jitter=0.5)(state)


def _close(state: tenacity.RetryCallState) -> None:
    if state.outcome is not None and not state.outcome.failed:
        state.outcome.result().close()
