"""Passwords: hashing by argon2-cffi and bcrypt, strength by zxcvbn, in bounded threads."""
