"""Seeing and changing who one is."""
