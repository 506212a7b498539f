"""The HTTP face of the service, on FastAPI."""
