"""One-time tokens, derived by the standard library's HMAC."""
