"""The reasoner: a language model, its prompts and its providers."""
