"""Work that nobody waits for: sending mail, and the upkeep."""
