"""Rules, as pure functions: everything they need comes in, what they decide comes out."""
