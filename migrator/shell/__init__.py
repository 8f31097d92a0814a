"""Shell text to our own frozen tree: mask, parse (the only door to bashlex), syntax."""
