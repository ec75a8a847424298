"""Background work: plain async functions, run inside the server process."""
