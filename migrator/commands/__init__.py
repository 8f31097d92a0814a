"""The commands that the abstract run models, one small module per family."""
