"""The audit trail: reading it, sealing it, and proving it."""
