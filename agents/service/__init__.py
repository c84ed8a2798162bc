"""Servers: Model Context Protocol and LangGraph Studio."""
