"""The routes, one file per path prefix."""
