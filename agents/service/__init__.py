"""Servers: HTTP, Model Context Protocol and LangGraph Studio."""
