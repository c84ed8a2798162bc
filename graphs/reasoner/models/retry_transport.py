"""HTTP transport that retries transient failures of a model server."""

import httpx
import tenacity

_MAX_ATTEMPTS = 3
_TRANSIENT_STATUS = frozenset({429, 500, 502, 503, 504})
_MAX_WAIT_S = 20.0


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
