"""Files that outlast a crash, a full disk and a power cut."""
