"""What the domain needs from the world outside. The docstrings are contracts; `testing.contracts` proves adapters.

Any method that does I/O may raise `StorageUnavailable`; a write that fails so may or may not have happened.
"""
