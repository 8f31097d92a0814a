"""What else must change in a repository when its build script goes: the script itself, and who calls it."""
