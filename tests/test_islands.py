"""Islands: populations that evolve apart, wherever that is, and exchange migrants."""

from __future__ import annotations

import multiprocessing
import os
import pickle
import re
import signal
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import gpfft
from gpfft import Config, GpfftError, Listener
from gpfft.cli import main
from gpfft.config import PoolStage
from gpfft.search import islands as islands_module
from gpfft.search.evolve import PARTS, Evolution
from gpfft.search.islands import Archipelago, Task, advance
from gpfft.search.workers import TRIES, Processes, Workers, workers
from gpfft.stop import Stop

from .test_engine import Interrupts, few, of_any_size, radix2, short
from .test_record import contents

ROOT = Path(__file__).parent.parent
STAGE = PoolStage(population=3, generations=8, steps=60)
TASK = Task("pool", STAGE, 8)


def archipelago(count: int, **changes: object) -> Archipelago:
    """Returns a short search on islands, all here."""
    config = Config(8, 0, "pool", (STAGE,), islands=count, **changes)  # type: ignore[arg-type]
    return Archipelago(TASK, config, 5, Workers())


def texts(run: gpfft.Run) -> tuple[list[dict[str, object]], str]:
    """Returns what two equal runs have in common."""
    return list(run.history), run.champion.to_json()


@pytest.fixture(scope="module")
def pool():
    """Returns two processes that serve all tests of this file."""
    with Processes(2) as both:
        yield both


@pytest.fixture
def sent(pool, monkeypatch):
    """Lets every run of a test use these processes."""
    monkeypatch.setattr(Processes, "__exit__", lambda self, *error: None)
    monkeypatch.setattr("gpfft.run.workers_for", lambda *given: pool)
    return pool


# One plan, one result


ENCODINGS = [pytest.param("plain", marks=pytest.mark.slow), "pool", "two-sided", "auto", "unrolled"]


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_islands_give_one_result_here_and_in_processes(encoding, request):
    config = replace(short(few(encoding), 3, encoding), islands=3, interval=2, migration="random")
    here = gpfft.evolve(config=config, workers=1)
    request.getfixturevalue("sent")
    assert texts(gpfft.evolve(config=config)) == texts(here)


def test_islands_for_any_size_give_one_result_here_and_in_processes(request):
    config = replace(of_any_size(4), islands=2, interval=1)
    here = gpfft.evolve(config=config, workers=1)
    request.getfixturevalue("sent")
    assert texts(gpfft.evolve(config=config)) == texts(here)


@pytest.mark.parametrize("work", [0.0, 0.02, 10.0])
def test_how_much_is_sent_at_once_does_not_matter(sent, monkeypatch, work):
    monkeypatch.setattr(islands_module, "WORK", work)
    config = replace(short(8, 1, generations=12), islands=2, interval=5)
    limited = replace(config, evaluations=130)
    run = gpfft.evolve(config=limited)
    assert run.stopped == "limit of 130 evaluations reached"
    monkeypatch.undo()
    assert texts(run) == texts(gpfft.evolve(config=limited, workers=1))


def test_one_island_is_the_ordinary_run():
    plain, one = (gpfft.evolve(config=replace(short(8, 2), **more)) for more in ({}, {"islands": 1}))
    assert texts(plain) == texts(one)
    evolution = Evolution(TASK.encoding, STAGE, 5)
    alone = [evolution.step() for _ in range(9)]
    rows = list(archipelago(1))
    assert [row["evaluations"] for row in rows] == [step.evaluations for step in alone]
    assert [(row["error"], row["flops"]) for row in rows] == [step.champion.fitness.values for step in alone]


def test_islands_without_migrants_are_the_runs_of_their_seeds():
    search = archipelago(3, migrants=0)
    rows = list(search)
    apart = [Evolution(TASK.encoding, STAGE, islands_module._seed_of(5, i)) for i in range(3)]
    for evolution in apart:
        steps = [evolution.step() for _ in range(9)]
    assert [state.population for state in search.states] == [each.state.population for each in apart]
    assert rows[-1]["evaluations"] == 3 * steps[-1].evaluations
    assert len({islands_module._seed_of(5, i) for i in range(100)}) == 100


def test_a_record_has_the_best_of_all_islands_and_the_median_of_all_individuals():
    search = archipelago(4, migrants=0)
    for row in search:
        states = search.states
        fitness = [individual.fitness.values for state in states for individual in state.population]
        assert (row["error"], row["flops"]) == min(state.hall[0].fitness.values for state in states)
        assert row["median_flops"] == np.median([flops for _, flops in fitness])


# Migration


def best_and_worst(population):
    """Returns the fitness of the best and of the worst individual."""
    fitness = sorted(individual.fitness.values for individual in population)
    return fitness[0], fitness[-1]


@pytest.mark.parametrize("migration", ["ring", "random"])
def test_the_best_of_each_island_take_the_place_of_the_worst_of_the_next(migration):
    search = archipelago(4, interval=3, migration=migration)
    for row in search:
        if row["generation"] == 3:
            break
    before = [list(state.population) for state in search.states]
    search._migrate()
    after = [state.population for state in search.states]
    arrived = []
    for i in range(4):
        new = [x for x in after[i] if not any(x is old for old in before[i])]
        assert len(after[i]) == len(before[i]) and len(new) == 1
        arrived += [j for j in range(4) if new[0].fitness.values == best_and_worst(before[j])[0]][:1]
        gone = [x for x in before[i] if not any(x is still for still in after[i])]
        assert [x.fitness.values for x in gone] == [best_and_worst(before[i])[1]]
    assert len(arrived) == 4


def test_a_random_ring_differs_from_time_to_time_and_not_from_run_to_run():
    def rings(seed: int) -> list[list[int]]:
        dice = [np.random.default_rng([seed, now]) for now in (5, 10, 15, 20)]
        return [each.permutation(6).tolist() for each in dice]

    assert rings(3) == rings(3) != rings(4)
    assert len({tuple(ring) for ring in rings(3)}) == 4
    a, b = (list(archipelago(4, interval=1, migration="random")) for _ in range(2))
    assert a == b != list(archipelago(4, interval=1))


def test_more_migrants_than_individuals_are_all_of_them():
    assert len(list(archipelago(2, interval=1, migrants=1000))) == STAGE.generations + 1


def test_nobody_migrates_between_intervals(monkeypatch):
    moved: list[int] = []
    ring = islands_module.tools.migRing

    def note(populations, *rest):
        moved.append(len(populations))
        ring(populations, *rest)

    monkeypatch.setattr(islands_module.tools, "migRing", note)
    list(archipelago(3, interval=4))
    assert moved == [3]  # after generation 4; after 8 the stage is over


# Workers


def test_a_lost_workers_island_goes_on_from_its_last_state(sent):
    config = replace(short(8, 1, generations=12), islands=2)
    before = sent.lost

    class Kills(Listener):
        def generation(self, run, row):
            if row["generation"] == 3:
                os.kill(multiprocessing.active_children()[0].pid, 9)

    run = gpfft.evolve(config=config, listeners=(Kills(),))
    assert sent.lost > before and run.lost > 0
    assert texts(run) == texts(gpfft.evolve(config=config))


def dies(*anything: object) -> None:
    """Ends the process that it is called in."""
    os._exit(1)


def test_workers_that_are_lost_for_ever_are_given_up_in_one_line():
    with Processes(1) as lost:
        with pytest.raises(GpfftError, match=f"workers were lost {TRIES} times one after.*__main__"):
            lost.run(dies, [()])


def fails(*anything: object) -> None:
    raise GpfftError("not so")


def test_an_error_in_a_worker_is_that_of_the_run(pool):
    with pytest.raises(GpfftError, match="not so"):
        pool.run(fails, [()])
    (generations, state, seconds), = pool.run(advance, [(TASK, 5, 2)])
    assert len(generations) == 2 and state.generation == 1 and set(seconds) == set(PARTS)


def test_a_task_goes_to_other_processes_as_plain_data():
    task = Task("rescaled", Config(16, encoding="rescaled").stages[0], 16, start=radix2(16).to_json())
    small = len(pickle.dumps(task))
    assert task.encoding.given.startswith("a start program")
    twin = pickle.loads(pickle.dumps(task))
    assert twin == task and len(pickle.dumps(task)) == small


def test_processes_end_with_the_one_that_began_them(tmp_path):
    script = tmp_path / "parent.py"
    script.write_text(
        "import os, time\n"
        "from gpfft.search.workers import Processes\n"
        "def number(*anything):\n    return os.getpid()\n"
        "if __name__ == '__main__':\n"
        "    with Processes(2) as both:\n"
        "        print(*both.run(number, [(), ()]), flush=True)\n"
        "        time.sleep(100)\n"
    )
    parent = subprocess.Popen(
        [sys.executable, str(script)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert parent.stdout is not None
    children = [int(word) for word in parent.stdout.readline().split()]
    assert len(children) == 2 and all(alive(child) for child in children)
    parent.kill()
    parent.wait()
    parent.stdout.close()
    end = time.monotonic() + 20
    while any(alive(child) for child in children) and time.monotonic() < end:
        time.sleep(0.05)
    assert not any(alive(child) for child in children)


def alive(process: int) -> bool:
    """Tells whether a process is there, and no zombie."""
    try:
        return "\nState:\tZ" not in Path(f"/proc/{process}/status").read_text()
    except OSError:
        return False


def interrupts() -> None:
    """Sends Ctrl-C to this process, twice within 50 ms."""
    for _ in range(2):
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(0.02)


def test_two_interrupts_while_workers_begin_are_two():
    before = multiprocessing.active_children()
    with Stop(lambda: None) as stop:
        timer = threading.Timer(0.1, interrupts)
        with pytest.raises(KeyboardInterrupt), Processes(2) as both:
            timer.start()
            both.run(advance, [(TASK, 5, 2)])
        timer.join()
        assert stop.reason == "interrupted"
    assert multiprocessing.active_children() == before


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_workers_are_deaf_to_interrupts_from_their_first_moment_and_this_process_is_not():
    def blocked(process: int | str) -> bool:
        (mask,) = re.findall(r"SigBlk:\s*(\w+)", Path(f"/proc/{process}/status").read_text())
        return bool(int(mask, 16) & 1 << signal.SIGINT - 1)

    with Processes(2) as both:
        assert len(both.run(advance, [(TASK, 5, 1)])) == 1
        children = list(both._executor._processes)  # type: ignore[union-attr]
        assert len(children) == 2 and all(blocked(child) for child in children) and not blocked("self")


def test_a_script_without_a_guard_is_told_what_it_lacks(tmp_path):
    script = tmp_path / "script.py"
    script.write_text("import gpfft\ngpfft.evolve(4, islands=2, workers=2)\n")
    result = subprocess.run(
        [sys.executable, str(script)], capture_output=True, text=True, timeout=300, check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert result.returncode == 1
    lines = result.stderr.splitlines()  # Python's resource tracker may warn of the worker's end after it
    (error,) = (line for line in lines if line.startswith("gpfft.search.workers.Lost: "))
    assert 'gpfft below `if __name__ == "__main__":`' in error


def test_workers_are_no_more_than_islands_and_share_the_cores(monkeypatch):
    monkeypatch.setattr("os.cpu_count", lambda: 8)
    assert type(workers(1, None, None)) is Workers and workers(1, None, None).threads == 8
    assert type(workers(4, 1, None)) is Workers
    four = workers(4, None, None)
    assert isinstance(four, Processes) and (four._count, four.threads) == (4, 2)
    assert workers(16, None, None)._count == 8  # type: ignore[attr-defined]
    assert workers(16, 3, 5)._count == 3 and workers(16, 3, 5).threads == 5  # type: ignore[attr-defined]


DASK = """
import gpfft, sys
from distributed import LocalCluster

class Kills(gpfft.Listener):
    def generation(self, run, row):
        if row["generation"] == 3:
            cluster.workers[0].process.process.kill()

if __name__ == "__main__":
    config = gpfft.Config.from_toml(sys.argv[1])
    with LocalCluster(n_workers=2, threads_per_worker=2, dashboard_address=None) as cluster:
        here = gpfft.evolve(config=config, workers=1)
        for listeners in ((), (Kills(),)):
            there = gpfft.evolve(config=config, cluster=cluster.scheduler_address, listeners=listeners)
            print("equal", list(there.history) == list(here.history), there.champion == here.champion)
"""


def test_a_dask_cluster_gives_the_same_result_though_a_worker_is_killed(tmp_path):
    pytest.importorskip("distributed")
    (tmp_path / "there.py").write_text(DASK)
    config = replace(short(8, 1, generations=8), islands=3, interval=2)
    result = subprocess.run(
        [sys.executable, str(tmp_path / "there.py"), config.to_toml()], capture_output=True, text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)}, timeout=300, check=False, cwd=tmp_path,
    )  # fmt: skip
    assert result.stdout == "equal True True\n" * 2, result.stderr


DIES = """
import multiprocessing, os, signal, sys, threading, time
import gpfft
from gpfft.search import workers

def serve(pipe):
    from distributed import LocalCluster
    with LocalCluster(
        n_workers=1, processes=False, protocol="tcp://", host="127.0.0.1", dashboard_address=None
    ) as cluster:
        pipe.send(cluster.scheduler_address)
        pipe.recv()

class Kills(gpfft.Listener):
    def generation(self, run, row):
        if len(run.history) == 3:
            process.kill()
            process.join()
            for wait in range(int(sys.argv[2])):
                threading.Timer(0.5 + wait, os.kill, (os.getpid(), signal.SIGINT)).start()

if __name__ == "__main__":
    workers.PATIENCE = 2
    here, there = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=serve, args=(there,))
    process.start()
    config = gpfft.Config.from_toml(sys.argv[1])
    try:
        run = gpfft.evolve(config=config, cluster=here.recv(), out="run", listeners=(Kills(),))
        print(run.stopped)
    except gpfft.GpfftError as error:
        print(error)
"""


@pytest.mark.slow  # it waits for Dask to give up, and on a busy machine sometimes for longer
@pytest.mark.parametrize("interrupts, said", [
    (0, r"the Dask cluster at tcp://127.0.0.1:\d+ does not answer any more; what was found is kept in run: "
        "gpfft resume run goes on from there"),
    (2, "interrupted"),
], ids=["left alone", "two Ctrl-C"])  # fmt: skip
def test_a_scheduler_that_dies_ends_a_run_in_one_line_that_says_where_it_is_kept(tmp_path, interrupts, said):
    pytest.importorskip("distributed")
    (tmp_path / "dies.py").write_text(DIES)
    config = replace(short(8, 1, generations=8), islands=2, interval=2)
    result = subprocess.run(
        [sys.executable, str(tmp_path / "dies.py"), config.to_toml(), str(interrupts)], text=True,
        capture_output=True, env={**os.environ, "PYTHONPATH": str(ROOT)}, timeout=100, check=False,
        cwd=tmp_path,
    )  # fmt: skip
    assert re.fullmatch(said, result.stdout.strip()), result.stderr
    assert result.stderr == ""
    whole = gpfft.evolve(config=config, workers=1)
    assert texts(gpfft.resume(tmp_path / "run", workers=1)) == texts(whole)


@pytest.mark.parametrize("address, wrong", [("nowhere", "the address"), ("tcp://127.0.0.1:1", "no Dask")])
def test_a_wrong_cluster_leaves_no_folder_behind_and_the_run_that_was_there(
    tmp_path, monkeypatch, capsys, address, wrong
):
    pytest.importorskip("distributed")
    monkeypatch.setattr("gpfft.search.workers.PATIENCE", 1)
    command = ["evolve", "--size", "4", "--islands", "2", "--out", str(tmp_path / "run")]
    assert main([*command, "--cluster", address]) == 2
    assert capsys.readouterr().err.startswith(f"gpfft: {wrong}") and not list(tmp_path.iterdir())
    gpfft.evolve(config=short(4), out=tmp_path / "run")
    before = contents(tmp_path)
    assert main([*command, "--cluster", address, "--force"]) == 2
    assert contents(tmp_path) == before
    stopped = gpfft.evolve(config=short(8, 1), out=tmp_path / "other", listeners=(Interrupts(2),)).folder
    assert main(["resume", str(stopped), "--cluster", address]) == 2
    assert gpfft.resume(stopped).stopped == "all generations done"


def test_a_cluster_that_is_not_there_is_refused_in_one_line(monkeypatch):
    pytest.importorskip("distributed")
    monkeypatch.setattr("gpfft.search.workers.PATIENCE", 1)
    with pytest.raises(GpfftError, match="no Dask cluster answers at '"):
        gpfft.evolve(4, islands=2, cluster="tcp://127.0.0.1:1")
    for address in ("other://x:1", "no address", "nowhere", "tcp://127.0.0.1", "tcp://x:port"):
        with pytest.raises(GpfftError, match="the address of a cluster is like tcp://host:8786, not '"):
            gpfft.evolve(4, islands=2, cluster=address)


def test_without_dask_a_cluster_is_refused_with_the_extra_that_it_needs(monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(GpfftError, match=r"--cluster needs Dask: .*gpfft\[dask\]"):
        gpfft.evolve(4, islands=2, cluster="tcp://127.0.0.1:8786")
