"""Many repositories, each worked on in a process of its own; what came of each is kept, and is not done again."""
