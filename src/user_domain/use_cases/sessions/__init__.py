"""Seeing where one is logged in, and ending it."""
