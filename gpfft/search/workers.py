"""Where islands are worked on: here, in processes of this machine, or on a Dask cluster.

What is asked for is a pure function of what is sent, so that it does not matter where it is done, and
when a worker is lost the same is asked of another.
"""

from __future__ import annotations

import logging
import multiprocessing
import os
import re
import signal
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import BrokenExecutor, CancelledError, Executor, Future, ProcessPoolExecutor
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotYet
from contextlib import suppress
from multiprocessing import connection, resource_tracker
from typing import Any, TypeVar

from gpfft.errors import GpfftError, short
from gpfft.version import __version__

T = TypeVar("T")
PATIENCE = 20  # seconds to wait for a cluster to answer
PARTING = 2  # or, where something went wrong, to take note that nothing more is asked for
ADDRESS = r"((tcp|tls|wss?)://)?[^/]+:[0-9]{1,5}"  # of a scheduler
TRIES = 5  # workers lost one after the other while the same is asked for
GUARD = 'a script that uses workers must call gpfft below `if __name__ == "__main__":`'


class Lost(GpfftError):
    """Says that workers are lost for ever, or those who send them what they do."""


class Workers:
    """Does what is asked for here, one after the other; below are those that send it away.

    Attributes:
        threads: how many each island's own work is spread over.
        far: whether what is asked for has a way to go.
        lost: how many times workers were lost.
    """

    far = False

    def __init__(self, threads: int = 1) -> None:
        self.threads, self.lost = threads, 0

    def __enter__(self) -> Workers:
        return self

    def __exit__(self, kind: type[BaseException] | None, *rest: object) -> None:
        """Lets the workers go; after an exception, at once."""

    def run(self, function: Callable[..., T], calls: Sequence[tuple[Any, ...]]) -> list[T]:
        """Returns function(*call, threads) for each call. Raises Lost when workers stay lost."""
        return [function(*call, self.threads) for call in calls]


class Sent(Workers):
    """Workers behind an executor, see `concurrent.futures`."""

    far = True
    losses: tuple[type[BaseException], ...] = (BrokenExecutor,)  # what a lost worker raises

    def __init__(self, threads: int = 1) -> None:
        super().__init__(threads)
        self._executor: Executor | None = None

    def run(self, function: Callable[..., T], calls: Sequence[tuple[Any, ...]]) -> list[T]:
        results: dict[int, T] = {}
        for _ in range(TRIES):
            try:
                self._executor = self._executor or self._opened()
                futures = {
                    i: self._executor.submit(function, *call, self.threads)
                    for i, call in enumerate(calls) if i not in results
                }  # fmt: skip
                for i, future in futures.items():
                    results[i] = self._result(future)
                return [results[i] for i in range(len(calls))]
            except self.losses as error:
                self.lost += 1
                reason = str(error)
                self._close()
        raise Lost(f"workers were lost {TRIES} times one after the other ({reason}): {self.hint}")

    @property
    def hint(self) -> str:
        """Returns what may be the cause where workers are lost for ever."""
        return ""

    def _opened(self) -> Executor:
        raise NotImplementedError

    def _result(self, future: Future[T]) -> T:
        """Returns what a worker sent back."""
        return future.result()

    def _close(self, at_once: bool = True) -> None:
        """Lets the workers go, those at work in the middle of it if wanted."""
        raise NotImplementedError

    def __exit__(self, kind: type[BaseException] | None, *rest: object) -> None:
        self._close(kind is not None)


class Processes(Sent):
    """Processes of this machine, made anew rather than forked: from Jupyter and under pytest, too."""

    def __init__(self, count: int, threads: int = 1) -> None:
        super().__init__(threads)
        self._count = count

    @property
    def hint(self) -> str:
        return f"there may be too little memory, or {GUARD}"

    def _opened(self) -> Executor:
        """Returns the pool, its processes begun, and deaf to Ctrl-C, which is for this process.

        A process begins as deaf as the thread that begins it. This one hears meanwhile: of two signals
        that are blocked one would be left.
        """
        context = multiprocessing.get_context("spawn")
        pool = ProcessPoolExecutor(self._count, context, initializer=_born)
        self._executor = pool  # to be let go though it is not yet returned
        with ThreadPoolExecutor(1, initializer=_deafen) as deaf:
            begun = deaf.submit(lambda: [pool.submit(os.getpid) for _ in range(self._count)])
        with suppress(BrokenExecutor):  # who asks next is told
            for future in begun.result():
                future.result()
        return pool

    def _close(self, at_once: bool = True) -> None:
        pool, self._executor = self._executor, None
        if pool is None:
            return
        processes = dict(getattr(pool, "_processes", None) or {}) if at_once else {}
        for process in processes.values():
            process.kill()
        pool.shutdown(wait=True, cancel_futures=True)


def _deafen() -> None:
    """Keeps Ctrl-C from this thread and the processes that it begins, where the system can."""
    if hasattr(signal, "pthread_sigmask"):
        resource_tracker.ensure_running()  # its own beginning would end the deafness in older Pythons
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})


def _born() -> None:
    """Makes a process deaf to Ctrl-C, and lets it end when the one that began it does, however."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    assert parent is not None

    def watch() -> None:
        connection.wait([parent.sentinel])
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


class Dask(Sent):
    """The workers of a Dask cluster, each with this gpfft installed."""

    def __init__(self, address: str, threads: int = 1) -> None:
        super().__init__(threads)
        if not re.fullmatch(ADDRESS, address):
            raise GpfftError(f"the address of a cluster is like tcp://host:8786, not {short(address)}")
        self._address = address
        self._client: Any = None
        self._log, self._level = logging.getLogger("distributed.client"), logging.NOTSET

    @property
    def hint(self) -> str:
        return f"see the logs of the workers of {self._address}"

    def __enter__(self) -> Workers:
        try:
            import distributed
        except ImportError:
            raise GpfftError("--cluster needs Dask: python3 -m pip install 'gpfft[dask]'") from None
        self.losses = (BrokenExecutor, CancelledError, distributed.KilledWorker)
        try:
            client: Any = distributed.Client
            self._client = client(self._address, timeout=PATIENCE, set_as_default=False)
            versions = self._client.run(_version)
        except (OSError, ValueError, TypeError) as error:
            raise GpfftError(f"no Dask cluster answers at {short(self._address)} ({error})") from None
        except Exception as error:  # whatever a worker without gpfft says
            self._client.close()
            raise GpfftError(f"the workers of {self._address} need gpfft {__version__} ({error})") from None
        wrong = sorted({found for found in versions.values() if found != __version__})
        if wrong or not versions:
            self._client.close()
            found = f"gpfft {wrong[0]} on a worker, here is {__version__}" if wrong else "no workers"
            raise GpfftError(f"the Dask cluster at {self._address} has {found}")
        self._level = self._log.level
        self._log.setLevel(logging.CRITICAL)  # that a cluster is lost is said once, as an error
        return self

    def run(self, function: Callable[..., T], calls: Sequence[tuple[Any, ...]]) -> list[T]:
        try:
            return super().run(function, calls)
        except Exception:  # of what a closed client says, too, nothing but that is of interest
            self._is_connected()
            raise

    def _opened(self) -> Executor:
        while not self._is_connected():
            time.sleep(0.1)
        executor: Executor = self._client.get_executor(pure=False)
        return executor

    def _result(self, future: Future[T]) -> T:
        while True:
            try:
                return future.result(timeout=1)
            except NotYet:
                if future.done():
                    raise  # it is what the worker raised
                self._is_connected()

    def _is_connected(self) -> bool:
        """Tells whether the scheduler is there; Dask tries to reach it again for `PATIENCE`.

        Raises Lost when it gave up.
        """
        if self._client.status in ("closing", "closed"):
            raise Lost(f"the Dask cluster at {self._address} does not answer any more")
        return bool(self._client.status == "running")

    def _close(self, at_once: bool = True) -> None:
        executor, self._executor = self._executor, None
        if executor is not None:
            with suppress(Exception):  # the scheduler may be gone
                executor.shutdown(wait=False)

    def __exit__(self, kind: type[BaseException] | None, *rest: object) -> None:
        self._close()
        with suppress(Exception):  # likewise
            self._client.close(timeout=PARTING if kind else PATIENCE)
        self._log.setLevel(self._level)


def _version() -> str:
    return __version__


def workers(islands: int, count: int | None, threads: int | None, cluster: str = "") -> Workers:
    """Returns who works on so many islands.

    Args:
        islands: how many there are.
        count: processes, by default one an island and no more than cores; with one the work is done here.
        threads: of each process; by default the cores are shared out.
        cluster: the address of a Dask scheduler, in the place of processes.

    Raises GpfftError for numbers below 1, and for what is no address.
    """
    for name, number in (("workers", count), ("threads", threads)):
        if number is not None and number < 1:
            raise GpfftError(f"{name} must be 1 or more, not {number}")
    cores = os.cpu_count() or 1
    if cluster:
        return Dask(cluster, threads or 1)
    count = min(islands, count or cores)
    threads = threads or max(1, cores // count)
    return Processes(count, threads) if count > 1 else Workers(threads)
