"""Captions of an annotated video: a box on the face, and a panel below the frame."""

from collections.abc import Iterator
from functools import cached_property
from typing import Any

import numpy as np

from affectgraph.agents.report.timeline import COLOURS, Column, timeline_columns
from affectgraph.graphs.schema import Verdict
from affectgraph.tools.clip import Clip, Frame
from affectgraph.tools.clip.frames import Image
from affectgraph.tools.emotions import BASIC_EMOTIONS, top_emotion
from affectgraph.tools.evidence import Evidence
from affectgraph.tools.face.box_track import box_at

_BACKGROUND, _FOREGROUND, _MUTED = "#14161a", "#eceae6", "#a4a9b2"
_MIN_WIDTH = 640
_MAX_EVENTS = 3

# Longer evidence, as a share of the clip, is not an event that is captioned.
_MAX_EVENT_SHARE = 0.8


class Captions:
    """Draws captions on the frames of one clip.

    Attributes:
        width: Width of its frames, in pixels; even, as encoders require.
        height: Height of its frames, in pixels; even.
    """

    def __init__(self, verdict: Verdict, clip: Clip, shape: tuple[int, ...]) -> None:
        """Lay out the panel below frames of a shape [height, width, 3]."""
        self._verdict, self._clip = verdict, clip
        self._columns = timeline_columns(verdict)
        self._senses = list(
            dict.fromkeys(name for part in self._columns for name in part.distributions)
        )
        scale = max(1.0, _MIN_WIDTH / shape[1])
        self._size = (round(shape[1] * scale), round(shape[0] * scale))
        self._scale = scale
        self._line = max(18, self._size[0] // 34)
        rows = len(self._senses) + _MAX_EVENTS + 2
        self.width = self._size[0] // 2 * 2
        self.height = (self._size[1] + round(rows * self._line * 1.25)) // 2 * 2
        self._panels: dict[tuple[str, ...], Any] = {}

    def draw_on(self, frame: Frame) -> Image:
        """The frame with a box, and the panel below it.

        Returns:
            uint8 [height, width, 3].
        """
        from PIL import Image as Pictures
        from PIL import ImageDraw

        picture = Pictures.fromarray(frame.image).resize(self._size)
        page = Pictures.new("RGB", (self.width, self.height), _BACKGROUND)
        page.paste(picture, (0, 0))
        page.paste(self._panel(frame.time), (0, self._size[1]))
        draw = ImageDraw.Draw(page)
        self._draw_box(draw, frame.time)
        self._draw_position(draw, frame.time)
        return np.asarray(page, dtype=np.uint8)

    @cached_property
    def _font(self) -> Any:
        from matplotlib import get_data_path
        from PIL import ImageFont

        file = f"{get_data_path()}/fonts/ttf/DejaVuSans.ttf"
        return ImageFont.truetype(file, round(self._line * 0.78))

    def _draw_box(self, draw: Any, time: float) -> None:
        corners = box_at(self._clip, time)
        if corners is None:
            return
        left, top_, right, bottom = (float(c) * self._scale for c in corners)
        face = self._face_distribution(time)
        colour, label = _FOREGROUND, ""
        if face is not None:
            emotion = top_emotion(face)
            colour, label = COLOURS[emotion], f"{emotion} {face[emotion]:.2f}"
        line_width = max(2, self._line // 8)
        draw.rectangle((left, top_, right, bottom), outline=colour, width=line_width)
        if label:
            width = draw.textlength(label, font=self._font) + self._line * 0.6
            above = max(0.0, top_ - self._line)
            draw.rectangle((left, above, left + width, above + self._line), colour)
            position = (left + self._line * 0.3, above + self._line / 2)
            draw.text(position, label, fill="#000", font=self._font, anchor="lm")

    def _face_distribution(self, time: float) -> dict[str, float] | None:
        for part in self._columns:
            if part.span.start <= time <= part.span.end:
                return part.distributions.get("face")
        return None

    def _panel(self, time: float) -> Any:
        """The panel at a time, without the position mark; cached by its text."""
        from PIL import Image as Pictures
        from PIL import ImageDraw

        events = tuple(f"{p.id}  {p.observation}" for p in self._events(time))
        if events not in self._panels:
            size = (self.width, self.height - self._size[1])
            panel = Pictures.new("RGB", size, _BACKGROUND)
            self._draw_panel(ImageDraw.Draw(panel), events)
            self._panels = {events: panel}
        return self._panels[events]

    def _draw_panel(self, draw: Any, events: tuple[str, ...]) -> None:
        edge, step = self._line * 0.6, self._line * 1.25
        label = self._verdict.label or "no answer"
        likely = ", ".join(self._verdict.prediction_set)
        head = f"Expressed: {label} ({self._verdict.confidence:.2f}); one of {likely}"
        lines = [
            (head, _FOREGROUND),
            *((event, _MUTED) for event in events[:_MAX_EVENTS]),
        ]
        for number, (text, colour) in enumerate(lines):
            middle = (edge, (number + 0.7) * step)
            draw.text(
                middle, self._truncate(draw, text), colour, self._font, anchor="lm"
            )
        for row, sense in enumerate(self._senses):
            above = (row + _MAX_EVENTS + 1.3) * step
            draw.text(
                (edge, above + step * 0.4), sense, _MUTED, self._font, anchor="lm"
            )
            for part in self._columns:
                if sense in part.distributions:
                    shares = part.distributions[sense]
                    self._draw_bars(draw, part, shares, above, step * 0.8)

    def _draw_bars(
        self,
        draw: Any,
        part: Column,
        shares: dict[str, float],
        above: float,
        height: float,
    ) -> None:
        left, right = self._x_at(part.span.start), self._x_at(part.span.end)
        for emotion in BASIC_EMOTIONS:
            below = above + shares[emotion] * height
            draw.rectangle((left, above, right, below), COLOURS[emotion])
            above = below

    def _draw_position(self, draw: Any, time: float) -> None:
        step = self._line * 1.25
        above = self._size[1] + (_MAX_EVENTS + 1.2) * step
        x = self._x_at(time)
        draw.line((x, above, x, self.height - step * 0.4), _FOREGROUND, self._line // 8)

    def _x_at(self, time: float) -> float:
        left, right = self._line * 6.5, self.width - self._line * 0.6
        return left + (right - left) * min(1.0, time / self._clip.span.seconds)

    def _events(self, time: float) -> Iterator[Evidence]:
        long = _MAX_EVENT_SHARE * self._clip.span.seconds
        for piece in self._verdict.evidence:
            within = piece.span.start <= time <= piece.span.end
            if within and piece.span.seconds < long:
                yield piece

    def _truncate(self, draw: Any, text: str) -> str:
        """The text, shortened to the width of the panel."""
        max_width = self.width - self._line * 1.2
        text = " ".join(text.split())
        if draw.textlength(text, font=self._font) <= max_width:
            return text
        while draw.textlength(f"{text}...", font=self._font) > max_width:
            text = text[:-1]
        return f"{text.rstrip()}..."
