"""Work that nobody waits for: sending mail, the upkeep, throwing away what is past its time."""
