"""GNU make's language, read without running anything: what the recipes of a target come to as one shell text.

The manual is the source of every rule here (https://www.gnu.org/software/make/manual/make.html); a table of
Makefiles that both real make and this package read is in `tests/frontends`.
"""
