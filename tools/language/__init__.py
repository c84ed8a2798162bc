"""Emotion words: vocabulary, mentions, and terms that are never used."""
