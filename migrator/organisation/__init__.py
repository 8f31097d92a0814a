"""Many repositories at once: where they are, which of them may hold the pattern, and what becomes of each."""
