"""What a script does to the world, told line by line in the order in which it happens."""
