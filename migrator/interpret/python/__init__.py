"""The abstract run of a Python program: the same state, the same command models, another language."""
