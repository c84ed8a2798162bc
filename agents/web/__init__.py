"""A page in the browser: a clip, its verdict, and a conversation about it.

Needs the extra `web`; only `page` and `look` load Gradio.
"""
