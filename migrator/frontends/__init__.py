"""Where shell text comes from that no script file holds: a Makefile's target, a job of a CI file, an npm script."""
