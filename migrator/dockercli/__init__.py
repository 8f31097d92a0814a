"""The docker command line as typed values: options, calls, names of images, paths in containers, mounts."""
