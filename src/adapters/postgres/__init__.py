"""PostgreSQL 16 and later, by psycopg 3."""
