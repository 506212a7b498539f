"""For tests, ours and those of teams that write adapters: builders, in-memory adapters, and the port contracts."""
