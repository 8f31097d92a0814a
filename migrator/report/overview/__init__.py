"""Many repositories on one page: sums, and a list that can be searched, each source with its diff and its tasks."""
