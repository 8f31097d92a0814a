"""The Docker SDK for Python: each plain call of it is the docker command line that does the same."""
