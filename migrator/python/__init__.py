"""Python text as our own tree: the door to LibCST."""
