"""Settings of the service."""

from ipaddress import ip_address

from pydantic import Field

from affectgraph.tools.evidence import Frozen

MEGABYTE = 1_000_000


class ServiceSettings(Frozen):
    """Who may use the service, and what one request may cost.

    Attributes:
        purpose: Purpose of the verdicts; requests for another one are refused.
        token: Bearer token that every request must carry; None to need none.
        megabytes: Largest request.
        upload_seconds: Longest time that a request may take to arrive.
        job_seconds: Longest time that one analysis may take.
        workers: Analyses at once; they share the models of the process.
        waiting: Analyses that may wait; more requests are refused with 429.
        kept: Results that are held, the latest.
        kept_seconds: For how long a result is held.
        grace_seconds: After a signal to stop, for how long analyses may go on.
    """

    purpose: str = "research"
    token: str | None = None
    megabytes: float = Field(default=200.0, gt=0)
    upload_seconds: float = Field(default=60.0, gt=0)
    job_seconds: float = Field(default=300.0, gt=0)
    workers: int = Field(default=1, ge=1)
    waiting: int = Field(default=16, ge=0)
    kept: int = Field(default=256, ge=1)
    kept_seconds: float = Field(default=3600.0, gt=0)
    grace_seconds: float = Field(default=30.0, ge=0)

    @property
    def max_bytes(self) -> int:
        """Largest request, in bytes."""
        return round(self.megabytes * MEGABYTE)


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach an address."""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
