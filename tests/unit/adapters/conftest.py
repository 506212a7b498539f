"""Hypothesis here is as in tests/unit/user_domain, whose tests also run without this tree."""

from hypothesis import settings

settings.register_profile("repeatable", derandomize=True, deadline=None, database=None)
settings.load_profile("repeatable")
