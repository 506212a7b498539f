"""Mail: written with Jinja2 and the standard library, handed over by SMTP or kept in a folder for development."""
