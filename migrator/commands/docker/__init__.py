"""What each docker command does to images, containers and the host's files."""
