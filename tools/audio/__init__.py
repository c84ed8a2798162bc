"""What the voice and the words share: where speech is, and its spectrogram."""
