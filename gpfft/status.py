"""How a run is doing, seen from outside: only files are read."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from gpfft.config import Config
from gpfft.errors import GpfftError, one_line
from gpfft.folder import open_folder
from gpfft.lock import LOCK, Lock, read_owner
from gpfft.outcome import span
from gpfft.record import HISTORY, last_line, read_config
from gpfft.records import published


def status(path: str | Path) -> Iterator[str]:
    """Yields what is known of the run in a folder: who works on it, the best so far, rate, time left.

    Raises GpfftError when there is none.
    """
    folder = open_folder(Path(path))
    config, owner = read_config(folder.path), read_owner(folder.path)
    at, wrong = folder.recall(strict=False)
    seconds = at.seconds
    is_held = Lock(folder.path).is_held
    if is_held:
        seconds = owner.seconds + owner.lasts if owner else seconds
        state = f"running, by {owner or 'another process'}"
    elif is_held is None:
        state = f"whether it runs cannot be told, for {folder.path / LOCK} cannot be read as a lock"
    elif "stopped" in folder.ended:
        seconds = folder.ended.get("seconds", seconds)
        state = one_line(f"ended: {folder.ended['stopped']}")
    else:
        state = "ended in the middle: gpfft resume goes on from its last checkpoint"
    yield f"{one_line(str(path))}: {config.target}, seed {config.seed}; {state}"
    yield from _best(folder.path, config)
    if at.states and at.stage < len(config.stages):
        rate = f", {at.all_evaluations / at.seconds:.3g} a second" if at.seconds else ""
        now = f"{config.stage_names[at.stage]} generation {at.generation}"
        yield f"at the last checkpoint: {now}, {at.all_evaluations} evaluations in {span(at.seconds)}{rate}"
    yield from wrong
    counts = {"generations": at.all_generations, "evaluations": at.all_evaluations}
    for name, so_far in counts.items():
        if most := getattr(config, name):
            yield f"limit: {so_far} of {most} {name}"
    left = config.budget - seconds
    if config.budget and left > 0:
        yield f"time: {span(seconds)} of {span(config.budget)}, {span(left)} left"
    else:
        yield f"time: {span(seconds)}" + (f"; budget of {span(config.budget)} spent" if config.budget else "")


def _best(path: Path, config: Config) -> Iterator[str]:
    """Yields the best so far."""
    try:
        stage, generation, *_, error, flops = last_line(path / HISTORY).split(",")
        off = f", error {float(error):.3g}" if float(error) else ", exact"
        count = int(flops)
    except (GpfftError, ValueError):
        yield "nothing was found yet"
        return
    kind = "rdft" if config.real else "dft"
    record = published(config.size, kind) if config.size and config.cost == "flops" else None
    known = f"; best published: {record}" if record else ""
    yield one_line(f"best so far: {count} {config.cost}{off} ({stage} generation {generation}){known}")
