"""Dockerfile text to our own frozen tree: mask, parse (the only door to dockerfile-parse), evaluate, ignore, edit."""
