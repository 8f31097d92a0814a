"""The abstract run of a script: expand, decide, execute."""
