"""Things with an identity and a life. Immutable: a change answers a new one, and the store keeps the latest."""
