"""Advice on a Dockerfile: what would make it smaller, quicker to build or safer, and a patch where that is safe."""
