"""Container engines: the only code that starts them, and what the rest of the tool may ask of one."""
