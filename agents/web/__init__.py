"""A web page: a clip, its verdict, and a conversation about it.

Needs the extra `web`; only `page` and `theme` load Gradio.
"""
