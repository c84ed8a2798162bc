"""Patience with a server: what may pass is tried again, what will not is not."""

import httpx
import tenacity

_ATTEMPTS = 3
_PASSING = frozenset({429, 500, 502, 503, 504})
_LONGEST_WAIT = 20.0


class PatientTransport(httpx.BaseTransport):
    """Sends a request again after 429, 5xx, or a connection that failed.

    It waits as long as the server's `Retry-After` says, at most 20 s. A server that
    keeps silent is not asked twice: it has cost a whole timeout. After three attempts
    the last answer or error is handed on.
    """

    def __init__(self, inner: httpx.BaseTransport | None = None) -> None:
        self._inner = inner or httpx.HTTPTransport()
        self._retrying = tenacity.Retrying(
            retry=tenacity.retry_if_exception(_may_pass)
            | tenacity.retry_if_result(lambda reply: reply.status_code in _PASSING),
            stop=tenacity.stop_after_attempt(_ATTEMPTS),
            wait=_wait,
            before_sleep=_close,
            retry_error_callback=lambda state: state.outcome and state.outcome.result(),
        )

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send one request.

        Raises:
            httpx.TransportError: If there is no answer.
        """
        return self._retrying(self._inner.handle_request, request)

    def close(self) -> None:
        """Close its connections."""
        self._inner.close()


def _may_pass(error: BaseException) -> bool:
    silent = isinstance(error, httpx.ReadTimeout)
    return isinstance(error, httpx.TransportError) and not silent


def _wait(state: tenacity.RetryCallState) -> float:
    asked = ""
    if state.outcome is not None and not state.outcome.failed:
        asked = state.outcome.result().headers.get("retry-after", "")
    if asked.replace(".", "", 1).isdigit():
        return min(float(asked), _LONGEST_WAIT)
    return tenacity.wait_exponential_jitter(initial=0.5, jitter=0.5)(state)


def _close(state: tenacity.RetryCallState) -> None:
    if state.outcome is not None and not state.outcome.failed:
        state.outcome.result().close()
