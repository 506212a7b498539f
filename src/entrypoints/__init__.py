"""The driving side: what calls the domain. Thin: parse, call one use case, present."""
