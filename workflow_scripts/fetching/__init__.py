"""From an address to a checked file, and from a file to the bytes inside it."""
