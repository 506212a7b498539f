"""Coming in, being recognised, going out."""
