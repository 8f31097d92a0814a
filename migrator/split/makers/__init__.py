"""Recognisers: what a command of a RUN makes. Each is a small function from a statement to a `Made`, or None."""
