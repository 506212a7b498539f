"""Other services, asked over HTTP by httpx2."""
