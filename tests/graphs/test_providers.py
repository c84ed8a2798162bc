"""Every provider over real HTTP: what servers do wrong costs an answer, not the run."""

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Literal

import pytest
from pydantic import BaseModel

from affectgraph.graphs.reasoner import models
from affectgraph.graphs.reasoner.models import providers
from affectgraph.graphs.reasoner.reasoner import Reasoner
from affectgraph.graphs.schema import Verdict
from affectgraph.tools.weights import ensure

pytestmark = [pytest.mark.enable_socket, pytest.mark.slow]

SMALL = "smollm2-135m-instruct-q4_1.gguf"
KNOWN = {
    "model", "messages", "temperature", "seed", "max_tokens", "max_completion_tokens",
    "response_format", "structured_outputs", "stop", "stream", "stream_options", "n",
    "logprobs", "top_logprobs", "tools",
}  # fmt: skip


class Choice(BaseModel):
    label: Literal["happy", "sad"]
    sure: bool


class Server(ThreadingHTTPServer):
    """Answers from a script, as a vLLM or an Ollama server would; the last repeats.

    An entry is a text, or a status with a body, or a function of the request.
    """

    daemon_threads = True

    def __init__(self) -> None:
        self.script: list[Any] = []
        self.asked: list[dict[str, Any]] = []
        self.over = threading.Event()
        super().__init__(("127.0.0.1", 0), Handler)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_POST(self) -> None:
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.asked.append(request)
        entry = self.server.script[
            min(len(self.server.asked), len(self.server.script)) - 1
        ]
        if callable(entry):
            entry = entry(request)
        if entry == "hang":
            self.server.over.wait(20)
        if entry in ("hang", "drop"):
            self.close_connection = True
            return
        unknown = request.keys() - KNOWN
        if self.path.startswith("/v1") and unknown:
            entry = (400, {"message": f"extra_forbidden: {sorted(unknown)}"})
        status, body = (200, self.said(entry)) if isinstance(entry, str) else entry
        data = json.dumps(body).encode() if isinstance(body, dict) else body
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.send_header("Retry-After", "0")
        self.end_headers()
        self.wfile.write(data)

    def said(self, text: str) -> dict[str, Any]:
        message = {"role": "assistant", "content": text}
        if self.path == "/api/chat":
            return {"model": "tiny", "created_at": "2026-01-01T00:00:00Z",
                    "message": message, "done": True, "done_reason": "stop",
                    "prompt_eval_count": 7, "eval_count": 3}  # fmt: skip
        used = {"prompt_tokens": 7, "completion_tokens": 3, "total_tokens": 10}
        choice = {"index": 0, "message": message, "finish_reason": "stop"}
        return {"id": "1", "object": "chat.completion", "created": 1, "model": "tiny",
                "choices": [choice], "usage": used}  # fmt: skip

    def log_message(self, format: str, *args: Any) -> None:
        pass


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    made = Server()
    thread = threading.Thread(target=made.serve_forever, args=(0.05,))
    thread.start()
    monkeypatch.setenv("AFFECTGRAPH_VLLM_URL", f"{made.url}/v1")
    monkeypatch.setenv("OPENAI_BASE_URL", f"{made.url}/v1")
    monkeypatch.setenv("OPENAI_API_KEY", "none")
    monkeypatch.setenv("OLLAMA_HOST", made.url)
    yield made
    made.over.set()
    made.shutdown()
    made.server_close()
    thread.join()


def ask(name: str) -> Any:
    reasoner = Reasoner(models.chat_model(name), name)
    return reasoner.ask("You judge.", "He smiles. Which emotion?", Choice)


GOOD = '{"label": "happy", "sure": true}'
HAPPY = Choice(label="happy", sure=True)
PROVIDERS = ["vllm:tiny", "openai:tiny", "ollama:tiny"]


def available(name: str) -> str:
    if name.startswith("ollama"):
        pytest.importorskip("langchain_ollama")
    return name


@pytest.mark.parametrize("name", PROVIDERS)
def test_it_asks_for_the_schema_and_counts_tokens(server: Server, name: str) -> None:
    server.script = [GOOD]
    answer = ask(available(name))
    assert (answer.reply, answer.problem) == (HAPPY, "")
    assert (answer.spent.prompt_tokens, answer.spent.completion_tokens) == (7, 3)
    (asked,) = server.asked
    told = json.dumps(asked.get("response_format") or asked["format"])
    assert '"sure"' in told and "guided" not in json.dumps(asked)


@pytest.mark.parametrize("name", PROVIDERS)
@pytest.mark.parametrize(
    "trouble",
    [(429, {"error": "slow down"}), (503, {"error": "loading"}), "drop"],
    ids=["429", "503", "dropped"],
)
def test_what_may_pass_is_tried_again(
    server: Server, name: str, trouble: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(providers, "_wait", lambda state: 0)
    server.script = [trouble, GOOD]
    answer = ask(available(name))
    assert answer.reply == HAPPY and answer.spent.calls == 1
    assert len(server.asked) == 2


@pytest.mark.parametrize("name", PROVIDERS)
@pytest.mark.parametrize(
    ("trouble", "attempts"),
    [((429, {"error": "slow down"}), 3), ((401, {"error": "no key"}), 1), ("hang", 1)],
    ids=["429", "401", "silence"],
)
def test_what_does_not_pass_is_given_up_with_its_reason(
    server: Server,
    name: str,
    trouble: Any,
    attempts: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(providers, "_wait", lambda state: 0)
    # A busy machine must not pass for silence.
    monkeypatch.setattr(providers, "_TIMEOUT_S", 1.0 if trouble == "hang" else 30.0)
    server.script = [trouble]
    answer = ask(available(name))
    assert answer.reply is None and answer.problem and "\n" not in answer.problem
    assert len(server.asked) == attempts


@pytest.mark.parametrize("name", PROVIDERS)
def test_no_server_is_said_in_one_line(
    server: Server, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(providers, "_wait", lambda state: 0)
    for variable in ("AFFECTGRAPH_VLLM_URL", "OPENAI_BASE_URL", "OLLAMA_HOST"):
        monkeypatch.setenv(variable, "http://127.0.0.1:1/v1")
    answer = ask(available(name))
    assert answer.reply is None and "onnect" in answer.problem


@pytest.mark.parametrize(
    "text",
    [f"```json\n{GOOD}\n```", f"<think>Is {{he}} sad?</think>{GOOD}", f"Sure: {GOOD}"],
    ids=["fenced", "thinking", "chatty"],
)
def test_a_reply_in_wrapping_is_read(server: Server, text: str) -> None:
    server.script = [text]
    assert ask("vllm:tiny").reply == HAPPY


MUTE = {"role": "assistant", "content": None, "refusal": "I cannot."}
REFUSED = {"choices": [{"index": 0, "finish_reason": "stop", "message": MUTE}]}
WRONG = {
    "empty": "",
    "a refusal": "I cannot judge people.",
    "refused by the server": (200, {**REFUSED, "id": "1", "created": 1, "model": "t",
                                    "object": "chat.completion"}),
    "half a JSON": GOOD[:18],
    "a wrong label": '{"label": "glee", "sure": true}',
    "a wrong id": '{"X9": "He smiles."}',
    "no object": "[1, 2]",
    "endless repetition": '{"label": "' + "so " * 5000,
    "no choices": (200, {"id": "1", "object": "chat.completion", "choices": []}),
    "a web page": (200, b"<html>proxy</html>"),
    "a broken server": (500, {"error": "out of memory"}),
}  # fmt: skip


@pytest.mark.parametrize("kind", WRONG)
def test_a_reply_that_cannot_be_used_costs_a_note_and_not_the_verdict(
    server: Server,
    kind: str,
    run: Callable[..., Verdict],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(providers, "_wait", lambda state: 0)
    server.script = [WRONG[kind]]
    plain, verdict = run(), run(models.chat_model("vllm:tiny"))
    assert (verdict.label, verdict.claims) == (plain.label, plain.claims)
    assert verdict.explanation_source == "template"
    assert any("scripted" in note for note in verdict.provenance.notes)
    assert all("\n" not in note for note in verdict.provenance.notes)
    assert verdict.provenance.spent.calls <= 8


def test_a_reply_is_bounded(server: Server) -> None:
    server.script = [GOOD]
    ask("vllm:tiny")
    (asked,) = server.asked
    assert asked.get("max_completion_tokens") or asked.get("max_tokens")


def test_a_server_that_takes_no_schema_is_told_it_in_words(server: Server) -> None:
    def strict(request: dict[str, Any]) -> Any:
        if "response_format" in request:
            return 400, {"message": "extra_forbidden: response_format"}
        return GOOD if '"sure"' in request["messages"][-1]["content"] else "What?"

    server.script = [strict]
    answer = ask("vllm:tiny")
    assert answer.reply == HAPPY and len(server.asked) == 2


def test_log_probabilities_and_tool_calls_are_read_from_a_server(
    server: Server,
) -> None:
    top = [{"token": "sad", "logprob": -0.1}, {"token": "happy", "logprob": -2.5}]
    function = {"name": "measure", "arguments": '{"sense": "face"}'}
    call = {"id": "1", "type": "function", "function": function}
    answer = {"id": "1", "object": "chat.completion", "created": 1, "model": "tiny"}

    def choice(**fields: Any) -> tuple[int, dict[str, Any]]:
        message = {"role": "assistant", "content": "sad", **fields.pop("message", {})}
        one = {"index": 0, "message": message, "finish_reason": "stop", **fields}
        return 200, {**answer, "choices": [one]}

    content = [{"token": "sad", "logprob": -0.1, "top_logprobs": top}]
    server.script = [
        choice(logprobs={"content": content}),
        choice(message={"content": None, "tool_calls": [call]}),
    ]
    reasoner = Reasoner(models.chat_model("vllm:tiny"), "vllm:tiny")
    likely = reasoner.first_token("You judge.", "Which emotion?")
    assert likely.first_token == {"sad": -0.1, "happy": -2.5}
    assert server.asked[0]["top_logprobs"] == 20
    assert reasoner.calls_tools
    tool = {"type": "function", "function": {"name": "measure", "parameters": {}}}
    (made,) = reasoner.choose_tools("You judge.", "Look.", [tool]).tool_calls
    assert (made.name, made.arguments) == ("measure", {"sense": "face"})
    assert server.asked[1]["tools"][0]["function"]["name"] == "measure"


@pytest.fixture(scope="module")
def llama() -> Any:
    """The embedded runtime's own HTTP server, on a port."""
    import xllamacpp

    from affectgraph.tools import weights

    ensure.ensure_weights([SMALL])
    parameters = xllamacpp.CommonParams()
    parameters.model.path = str(weights.path(SMALL))
    parameters.n_ctx = 1024
    parameters.warmup = False
    parameters.verbosity = -1
    parameters.ui = False
    parameters.cpuparams.n_threads = parameters.cpuparams_batch.n_threads = 1
    parameters.hostnames = ["127.0.0.1"]
    return xllamacpp.Server(parameters)


@pytest.mark.parametrize("name", ["vllm:tiny", "openai:tiny"])
def test_the_embedded_runtime_is_asked_over_its_http_server(
    llama: Any, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = f"{llama.listening_address}/v1"
    monkeypatch.setenv("AFFECTGRAPH_VLLM_URL", url)
    monkeypatch.setenv("OPENAI_BASE_URL", url)
    monkeypatch.setenv("OPENAI_API_KEY", "none")
    answer = ask(name)
    assert isinstance(answer.reply, Choice), answer.problem
    assert answer.spent.prompt_tokens > 5 and answer.spent.completion_tokens > 3


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    """A chat model of a few thousand random numbers, saved as the library saves one."""
    pytest.importorskip("torch")
    transformers = pytest.importorskip("transformers")
    from tokenizers import Tokenizer, pre_tokenizers
    from tokenizers import models as kinds

    words = Tokenizer(kinds.BPE())
    words.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    words.add_tokens(["<end>", *alphabet])
    fast = transformers.PreTrainedTokenizerFast(
        tokenizer_object=words, eos_token="<end>", pad_token="<end>"
    )
    fast.chat_template = "{% for m in messages %}{{ m['content'] }}\n{% endfor %}"
    settings = transformers.LlamaConfig(
        vocab_size=len(fast), hidden_size=16, intermediate_size=16,
        num_hidden_layers=1, num_attention_heads=2, max_position_embeddings=4096,
        eos_token_id=fast.eos_token_id, pad_token_id=fast.pad_token_id,
    )  # fmt: skip
    transformers.LlamaForCausalLM(settings).save_pretrained(tmp_path / "tiny")
    fast.save_pretrained(tmp_path / "tiny")
    return tmp_path / "tiny"


def test_a_transformers_model_that_talks_nonsense_is_done_without(
    tiny: Path, run: Callable[..., Verdict]
) -> None:
    model = models.chat_model(f"transformers:{tiny}")
    verdict = run(model.model_copy(update={"max_tokens": 20}))
    assert verdict.explanation_source == "template"
    assert verdict.provenance.spent.completion_tokens > 0
    assert any("unreadable reply" in note for note in verdict.provenance.notes)


def test_a_transformers_model_that_is_not_there_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("transformers")
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    answer = ask(f"transformers:{tmp_path / 'nothing'}")
    assert answer.reply is None and "nothing" in answer.problem


def test_pickled_weights_are_not_loaded(tiny: Path) -> None:
    torch = pytest.importorskip("torch")
    (tiny / "model.safetensors").unlink()
    torch.save({}, tiny / "pytorch_model.bin")
    answer = ask(f"transformers:{tiny}")
    assert answer.reply is None and "safetensors" in answer.problem
