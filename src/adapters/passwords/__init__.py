"""Password hashing by argon2-cffi and bcrypt, in a bounded pool of threads."""
