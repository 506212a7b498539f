"""Values without identity. `parse` meets today's rules; the constructor restores what was stored under older ones."""
