"""What people and operators can do, one use case per file. Each is one class with one `execute`."""
