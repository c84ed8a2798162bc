"""Adapters: models and tools from elsewhere as perception tools."""
