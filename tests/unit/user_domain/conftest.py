"""Hypothesis, for every test of the domain: the same examples each time, no deadline, nothing left in the tree."""

import os

from hypothesis import settings
from hypothesis.configuration import set_hypothesis_home_dir

settings.register_profile("repeatable", derandomize=True, deadline=None, database=None)
settings.load_profile("repeatable")

# Its caches (Unicode tables, constants of the sources) are kept in a folder even without a database: give it none.
set_hypothesis_home_dir(os.devnull)
