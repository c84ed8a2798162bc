"""Emotion words: vocabulary, mentions in text, and forbidden terms."""
