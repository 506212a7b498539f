"""Work that nobody waits for: sending mail, throwing away what is past its time."""
