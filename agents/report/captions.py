"""What an annotated film says: a box on the face, and a panel under the picture."""

from collections.abc import Iterator
from functools import cached_property
from typing import Any

import numpy as np

from affectgraph.agents.report.colours import COLOURS
from affectgraph.agents.report.timeline import Column, columns
from affectgraph.graphs.schema import Verdict
from affectgraph.tools.clip import Clip, Frame
from affectgraph.tools.clip.frames import Image
from affectgraph.tools.emotions import BASIC_EMOTIONS, top_emotion
from affectgraph.tools.evidence import Evidence
from affectgraph.tools.face.box_track import box_at

_PAPER, _INK, _SOFT = "#14161a", "#eceae6", "#a4a9b2"
_NARROWEST = 640
_LINES = 3

# Evidence about more than this share of the clip is no event to caption.
_EVENT = 0.8


class Captions:
    """Draws on frames of one clip.

    Attributes:
        width: Of what it draws, in pixels; even, as encoders ask.
        height: Of what it draws, in pixels; even too.
    """

    def __init__(self, verdict: Verdict, clip: Clip, shape: tuple[int, ...]) -> None:
        """Lay out the panel under pictures of a shape [height, width, 3]."""
        self._verdict, self._clip = verdict, clip
        self._columns = columns(verdict)
        self._senses = list(
            dict.fromkeys(name for part in self._columns for name in part.said)
        )
        scale = max(1.0, _NARROWEST / shape[1])
        self._size = (round(shape[1] * scale), round(shape[0] * scale))
        self._scale = scale
        self._line = max(18, self._size[0] // 34)
        rows = len(self._senses) + _LINES + 2
        self.width = self._size[0] // 2 * 2
        self.height = (self._size[1] + round(rows * self._line * 1.25)) // 2 * 2
        self._panels: dict[tuple[str, ...], Any] = {}

    def on(self, frame: Frame) -> Image:
        """The frame with its box, and the panel beneath it.

        Returns:
            uint8 [height, width, 3].
        """
        from PIL import Image as Pictures
        from PIL import ImageDraw

        shown = Pictures.fromarray(frame.image).resize(self._size)
        page = Pictures.new("RGB", (self.width, self.height), _PAPER)
        page.paste(shown, (0, 0))
        page.paste(self._panel(frame.time), (0, self._size[1]))
        draw = ImageDraw.Draw(page)
        self._box(draw, frame.time)
        self._now(draw, frame.time)
        return np.asarray(page, dtype=np.uint8)

    @cached_property
    def _font(self) -> Any:
        from matplotlib import get_data_path
        from PIL import ImageFont

        file = f"{get_data_path()}/fonts/ttf/DejaVuSans.ttf"
        return ImageFont.truetype(file, round(self._line * 0.78))

    def _box(self, draw: Any, time: float) -> None:
        corners = box_at(self._clip, time)
        if corners is None:
            return
        left, top_, right, bottom = (float(c) * self._scale for c in corners)
        said = self._said(time)
        colour, label = _INK, ""
        if said is not None:
            emotion = top_emotion(said)
            colour, label = COLOURS[emotion], f"{emotion} {said[emotion]:.2f}"
        thick = max(2, self._line // 8)
        draw.rectangle((left, top_, right, bottom), outline=colour, width=thick)
        if label:
            width = draw.textlength(label, font=self._font) + self._line * 0.6
            above = max(0.0, top_ - self._line)
            draw.rectangle((left, above, left + width, above + self._line), colour)
            place = (left + self._line * 0.3, above + self._line / 2)
            draw.text(place, label, fill="#000", font=self._font, anchor="lm")

    def _said(self, time: float) -> dict[str, float] | None:
        for part in self._columns:
            if part.span.start <= time <= part.span.end:
                return part.said.get("face")
        return None

    def _panel(self, time: float) -> Any:
        """The panel at a moment, without the moment; drawn once for what it says."""
        from PIL import Image as Pictures
        from PIL import ImageDraw

        events = tuple(f"{p.id}  {p.observation}" for p in self._events(time))
        if events not in self._panels:
            size = (self.width, self.height - self._size[1])
            panel = Pictures.new("RGB", size, _PAPER)
            self._drawn(ImageDraw.Draw(panel), events)
            self._panels = {events: panel}
        return self._panels[events]

    def _drawn(self, draw: Any, events: tuple[str, ...]) -> None:
        edge, step = self._line * 0.6, self._line * 1.25
        label = self._verdict.label or "no answer"
        likely = ", ".join(self._verdict.prediction_set)
        head = f"Expressed: {label} ({self._verdict.confidence:.2f}); one of {likely}"
        lines = [(head, _INK), *((event, _SOFT) for event in events[:_LINES])]
        for number, (text, colour) in enumerate(lines):
            middle = (edge, (number + 0.7) * step)
            draw.text(middle, self._fit(draw, text), colour, self._font, anchor="lm")
        for row, sense in enumerate(self._senses):
            above = (row + _LINES + 1.3) * step
            draw.text((edge, above + step * 0.4), sense, _SOFT, self._font, anchor="lm")
            for part in self._columns:
                if sense in part.said:
                    self._bars(draw, part, part.said[sense], above, step * 0.8)

    def _bars(
        self,
        draw: Any,
        part: Column,
        said: dict[str, float],
        above: float,
        height: float,
    ) -> None:
        left, right = self._at(part.span.start), self._at(part.span.end)
        for emotion in BASIC_EMOTIONS:
            below = above + said[emotion] * height
            draw.rectangle((left, above, right, below), COLOURS[emotion])
            above = below

    def _now(self, draw: Any, time: float) -> None:
        step = self._line * 1.25
        above = self._size[1] + (_LINES + 1.2) * step
        x = self._at(time)
        draw.line((x, above, x, self.height - step * 0.4), _INK, self._line // 8)

    def _at(self, time: float) -> float:
        left, right = self._line * 6.5, self.width - self._line * 0.6
        return left + (right - left) * min(1.0, time / self._clip.span.seconds)

    def _events(self, time: float) -> Iterator[Evidence]:
        long = _EVENT * self._clip.span.seconds
        for piece in self._verdict.evidence:
            within = piece.span.start <= time <= piece.span.end
            if within and piece.span.seconds < long:
                yield piece

    def _fit(self, draw: Any, text: str) -> str:
        """The text, cut where the panel ends."""
        room = self.width - self._line * 1.2
        text = " ".join(text.split())
        if draw.textlength(text, font=self._font) <= room:
            return text
        while draw.textlength(f"{text}...", font=self._font) > room:
            text = text[:-1]
        return f"{text.rstrip()}..."
