"""User agents, read by ua-parser."""
