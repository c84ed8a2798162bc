"""Colours of the emotions in images; `colours.css` has them for HTML."""

COLOURS = {
    "neutral": "#9298a1",
    "happy": "#eeb014",
    "sad": "#3d72c6",
    "angry": "#d0402f",
    "fear": "#7a50c3",
    "disgust": "#4f8f3d",
    "surprise": "#17a0a6",
}
