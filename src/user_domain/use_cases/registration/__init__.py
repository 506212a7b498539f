"""Opening an account."""
