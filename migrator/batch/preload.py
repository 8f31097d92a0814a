"""For `dask worker --preload migrator.batch.preload`: a worker without an engine that answers does not begin."""

from __future__ import annotations

import logging

from migrator.engine.docker import find_docker


def dask_setup(worker: object) -> None:
    """Checks the engine of the worker's host; raises EngineError, which ends the worker."""
    engine = find_docker()
    logging.getLogger("distributed.worker").info("%s answers for %s", engine.title, worker)
