"""Live analysis: verdicts while a camera and a microphone run."""
