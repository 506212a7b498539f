"""Clock and randomness of the machine."""
