"""An engine that is buildah alone, and a client that does docker's words with it."""
