"""Reading and writing: atomic files, untrusted files, SQLite, the terminal."""
