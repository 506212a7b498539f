"""Files that an operator keeps."""
