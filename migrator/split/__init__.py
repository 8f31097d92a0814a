"""One Dockerfile of one stage into a builder and a runtime: what is run, what made it, what it needs, and the proof."""
