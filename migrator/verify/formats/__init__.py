"""File formats: what two files of one kind may have apart without being another program, each by its own rule."""
