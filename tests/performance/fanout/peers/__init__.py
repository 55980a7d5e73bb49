"""Other servers with the same subscription, whose events come from memory."""
