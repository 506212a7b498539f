"""Pages for people who have no frontend, and the mailbox of developers."""
