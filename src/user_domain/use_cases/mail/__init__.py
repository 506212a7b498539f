"""Mail, from the queue to whoever carries it."""
