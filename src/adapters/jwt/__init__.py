"""Access tokens as JSON Web Tokens (RFC 7519), by PyJWT."""
