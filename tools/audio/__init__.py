"""Audio analysis that senses share: voice activity, windows, spectrogram."""
