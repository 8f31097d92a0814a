"""From a trace to one multi-stage Dockerfile: graph, plan, emit, convert."""
