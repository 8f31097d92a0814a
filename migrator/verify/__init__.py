"""Builds both ways with a real engine and compares what comes out."""
