"""Work that nobody waits for: sending mail."""
