"""A Pipecat processor: verdicts on what a caller says, beside the other processors.

Put it behind the transport's input, which has to give mono sound at 16 kHz
(`audio_in_sample_rate=16_000`) and, if there is a camera, RGB images:

<<<<<<< HEAD
    affect = AffectProcessor(EmotionAgent())
    Pipeline([transport.input(), affect, ..., transport.output()])
=======
    Pipeline([transport.input(), AffectProcessor(EmotionAgent()), ...])
>>>>>>> serve

Tested with pipecat-ai 1.14.
"""

import asyncio
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from queue import Empty, Full, Queue
from typing import Any

import numpy as np
from pipecat.frames.frames import (
    CancelFrame,
    DataFrame,
    EndFrame,
    Frame,
    InputAudioRawFrame,
    InputImageRawFrame,
    StartFrame,
)
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor

from affectgraph import EmotionAgent
from affectgraph.agents.live.update import LiveUpdate
from affectgraph.tools.clip import SAMPLING_RATE

_MAX_WAITING = 200
_ENDED = (EndFrame, CancelFrame)


@dataclass
class AffectFrame(DataFrame):
    """What the live session says: `update.state == "closed"` after each utterance."""

    update: LiveUpdate


class AffectProcessor(FrameProcessor):
    """Passes every frame on, and pushes an `AffectFrame` for each update."""

    def __init__(self, agent: EmotionAgent, *, sees: bool = False) -> None:
        """Follow the sound, and the images if it `sees`."""
        super().__init__()
        self._agent = agent
        self._sound: Queue[Any] = Queue(_MAX_WAITING)
        self._images: Queue[Any] | None = Queue(_MAX_WAITING) if sees else None
        self._over = threading.Event()
        self._task: asyncio.Task[None] | None = None

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        """Copy sound and images to the session; never wait for it."""
        await super().process_frame(frame, direction)
        if isinstance(frame, StartFrame):
            self._task = asyncio.create_task(self._follow())
        elif isinstance(frame, InputAudioRawFrame):
            if (frame.sample_rate, frame.num_channels) != (SAMPLING_RATE, 1):
                raise ValueError("set audio_in_sample_rate=16_000, audio_in_channels=1")
            _offer(self._sound, np.frombuffer(frame.audio, np.int16))
        elif isinstance(frame, InputImageRawFrame) and self._images is not None:
            width, height = frame.size
            image = np.frombuffer(frame.image, np.uint8).reshape(height, width, 3)
            _offer(self._images, image)
        elif isinstance(frame, _ENDED) and self._task is not None:
            self._over.set()
            await self._task
        await self.push_frame(frame, direction)

    async def _follow(self) -> None:
        images = None if self._images is None else self._drain(self._images)
        updates = self._agent.live(images, self._drain(self._sound))
        while (update := await asyncio.to_thread(next, updates, None)) is not None:
            await self.push_frame(AffectFrame(update))

    def _drain(self, queue: "Queue[Any]") -> Iterator[Any]:
        while not (self._over.is_set() and queue.empty()):
            try:
                yield queue.get(timeout=0.1)
            except Empty:
                continue


def _offer(queue: "Queue[Any]", item: Any) -> None:
    """Add an item; drop it where the session does not keep up."""
    try:
        queue.put_nowait(item)
    except Full:
        return
