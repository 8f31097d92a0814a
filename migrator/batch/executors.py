"""Who does the work: threads of this process, each of which watches one process; or the workers of a Dask cluster."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING

from migrator.errors import MigratorError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from concurrent.futures import Executor

RETRIES = 3
_SECONDS = "10s"


@contextmanager
def local(jobs: int) -> Iterator[tuple[Executor, int]]:
    """An executor on this machine, and how much work it takes at once."""
    with ThreadPoolExecutor(jobs, thread_name_prefix="repository") as executor:
        yield executor, jobs


@contextmanager
def dask(address: str) -> Iterator[tuple[Executor, int]]:
    """The same on a cluster whose workers have the resource `docker`; work on one that goes is done on another."""
    try:
        from distributed import Client  # noqa: PLC0415 - an extra, and slow to load
    except ImportError as error:
        raise UsageError("--dask needs dask.distributed", "pip install 'migrator[dask]'") from error
    try:
        client = Client(address, timeout=_SECONDS, set_as_default=False)
    except (OSError, ValueError) as error:
        raise MigratorError(
            f"no Dask scheduler answers at {address}: {error}", "Start it with `dask scheduler`."
        ) from error
    with client:
        workers = client.scheduler_info(n_workers=-1)["workers"].values()
        hands = int(sum(worker.get("resources", {}).get("docker", 0) for worker in workers))
        if not hands:
            raise MigratorError(
                f"no worker at {address} has the resource docker",
                "Start workers with `--resources docker=1 --preload migrator.batch.preload`.",
            )
        # One more than there are hands for each: none of them waits for us.
        yield client.get_executor(pure=False, retries=RETRIES, resources={"docker": 1}), 2 * hands
