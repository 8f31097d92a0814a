"""What a script does to the world: symbols, images, the symbolic workspace, effects."""
