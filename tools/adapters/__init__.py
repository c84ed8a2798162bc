"""Adapters: models of the Hugging Face hub and LangChain tools as senses."""
