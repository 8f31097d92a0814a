"""Turns the legacy Docker builder pattern into one equivalent multi-stage Dockerfile, and proves it."""
