"""The augmentation graph: labels clips by itself, and sifts what it labelled."""
