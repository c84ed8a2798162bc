"""Purpose declaration and audit log."""
