"""Recorded runs: record, replay, edit and compare."""
