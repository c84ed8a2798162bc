"""Theme of Gradio with the colours and fonts of the report, as CSS variables."""

from typing import Any

# Colours of the report, with the Gradio variables that get them.
_COLOURS = {
    "paper": """
        body_background_fill background_fill_primary button_primary_text_color
        button_primary_text_color_hover
    """,
    "card": """
        background_fill_secondary block_background_fill input_background_fill
        input_background_fill_focus button_secondary_background_fill
        checkbox_background_color checkbox_background_color_focus
        checkbox_background_color_hover checkbox_label_background_fill
        checkbox_label_background_fill_hover
        checkbox_label_background_fill_selected block_label_background_fill
        panel_background_fill
    """,
    "ink": """
        body_text_color block_title_text_color button_secondary_text_color
        checkbox_label_text_color checkbox_label_text_color_selected
        button_secondary_text_color_hover
    """,
    "soft": """
        body_text_color_subdued block_info_text_color block_label_text_color
        input_placeholder_color
    """,
    "line": """
        border_color_primary block_border_color block_label_border_color
        input_border_color input_border_color_hover panel_border_color
        button_secondary_border_color button_secondary_background_fill_hover
        checkbox_border_color checkbox_label_border_color
        checkbox_label_border_color_hover checkbox_label_border_color_selected
    """,
    "accent": """
        color_accent border_color_accent button_primary_background_fill
        button_primary_background_fill_hover button_primary_border_color
        input_border_color_focus checkbox_background_color_selected
        checkbox_border_color_focus checkbox_border_color_hover
        checkbox_border_color_selected link_text_color link_text_color_hover
        loader_color
    """,
}
_STYLES = {
    "shadow_drop": "none",
    "block_shadow": "none",
    "input_shadow": "none",
    "input_shadow_focus": "none",
    "button_primary_shadow": "none",
    "button_secondary_shadow": "none",
    "block_radius": "12px",
    "input_radius": "8px",
    "input_border_width": "1px",
    "button_large_radius": "8px",
    "button_small_radius": "8px",
}
_FONTS = ("system-ui", "-apple-system", "Segoe UI", "Roboto", "Helvetica Neue", "Arial")


def create_theme() -> Any:
    """System fonts, and the colours of the report in light and dark."""
    from gradio.themes import Base

    colours: dict[str, Any] = {
        name: f"var(--{colour})"
        for colour, names in _COLOURS.items()
        for name in names.split()
    }
    base = Base(
        font=[*_FONTS, "sans-serif"], font_mono=["ui-monospace", "Menlo", "monospace"]
    )
    known = {name for name in vars(base) if name.endswith("_dark")}
    dark = {f"{n}_dark": v for n, v in colours.items() if f"{n}_dark" in known}
    return base.set(**colours, **dark, **_STYLES)
