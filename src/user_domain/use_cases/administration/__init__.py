"""What administrators and operators do to accounts."""
