"""What a person sees of a search while it runs: lines, a live table on a terminal, a view in Jupyter."""

from __future__ import annotations

import math
import os
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

from rich.console import Console, RenderableType
from rich.live import Live
from rich.panel import Panel
from rich.text import Text

from gpfft import html
from gpfft.algorithm import Algorithm
from gpfft.errors import GpfftError
from gpfft.outcome import Listener, Run, span
from gpfft.pictures import record_of
from gpfft.recursion import reference_size
from gpfft.search.descent import Record

AUTO = "auto"
WAYS = (AUTO, "none", "plain", "rich")  # how progress may be shown
EVERY = 0.5  # seconds between two pictures of a live view
BARS, WIDTH = "▁▂▃▄▅▆▇█", 32  # of a sparkline
STOPPING = "finishing the generation, and keeping all; again to stop at once"
Write = Callable[[str], None]


def watching(way: str, write: Write) -> tuple[Listener, ...]:
    """Returns who shows a search the way that is asked for, one of `WAYS`.

    "auto" is a view in Jupyter, "rich", one live table, on a terminal that draws, and else "plain": a
    line a new champion and some more, by `write`. Raises GpfftError for another way.
    """
    if way not in WAYS:
        raise GpfftError(f"progress must be one of {', '.join(WAYS)}, not {way!r}")
    if way == AUTO:
        if in_jupyter():
            return (View(),)
        terminal = sys.stdout is not None and sys.stdout.isatty() and os.environ.get("TERM") != "dumb"
        way = "rich" if terminal else "plain"
    if way == "rich":
        return (Table(),)
    return (Lines(write),) if way == "plain" else ()


def in_jupyter() -> bool:
    """Tells whether this is a notebook's kernel."""
    shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    return type(shell).__name__ == "ZMQInteractiveShell"


class Lines(Listener):
    """Writes a line a new champion, and about ten lines a stage."""

    def __init__(self, write: Write) -> None:
        self.write = write
        self.last: tuple[str, int] | None = None  # what was written: stage and generation
        self.when = 0.0  # and when that was not for a new champion

    def resumed(self, run: Run, notes: list[str]) -> None:
        for note in notes:
            self.write(f"{note}: the checkpoint before it is used")
        self.write(f"{run.config.target}: goes on after {span(run.elapsed)}")

    def stopping(self, run: Run) -> None:
        with suppress(OSError):  # by hand: the signal may have come in the midst of a print
            os.write(2, f"gpfft: {STOPPING}\n".encode())

    def stage(self, run: Run, name: str) -> None:
        self.write(f"{name}: begins; compiling takes seconds unless an earlier run kept what it compiled")

    def champion(self, run: Run, row: Record) -> None:
        self._line(row, run, "  new champion")

    def generation(self, run: Run, row: Record) -> None:
        stage, now = run.config.stage(row["stage"]), time.perf_counter()
        endless = run.config.limited and row["generation"] > stage.generations
        if now - self.when > (run.config.budget or 60) / 10 if endless else (
            row["generation"] % max(1, stage.generations // 10) == 0
        ):
            self.when = now
            self._line(row, run)

    def _line(self, row: Record, run: Run, note: str = "") -> None:
        place = row["stage"], row["generation"]
        if self.last == place:
            return
        self.last = place
        where = f"{row['stage']} generation {row['generation']}"
        volume = f", hypervolume {row['hypervolume']:.4f}" if row.get("hypervolume") else ""
        self.write(f"{where}: best {best(run)}, median {row['median_flops']:.0f}{volume}{note}")


def best(run: Run) -> str:
    """Returns what the champion of a run is worth, in words."""
    error, flops = run.champion.worth
    any_size = isinstance(run.champion, Algorithm)
    at = f" at n = {reference_size(run.config.radix)}" if any_size else ""
    what = "flops" if any_size else run.config.cost
    return f"{flops} {what}{at}" + (f", error {error:.3g}" if error else "")


class Watch(Listener):
    """Notes what a live view shows, and has it shown a few times a second at most."""

    def __init__(self) -> None:
        self.run: Run | None = None
        self.row: Record | None = None
        self.name, self.note = "", ""
        self._shown, self._begin = 0.0, 0.0  # when it was shown last, and when the stage was first heard of
        self._first: Record | None = None  # what was heard then

    def show(self) -> None:
        """Shows what is known now."""

    def resumed(self, run: Run, notes: list[str]) -> None:
        self.note = "; ".join(f"{note}: the checkpoint before it is used" for note in notes)

    def stopping(self, run: Run) -> None:
        self.note = STOPPING

    def stage(self, run: Run, name: str) -> None:
        self.run, self.name, self.row = run, name, None
        self._now()

    def champion(self, run: Run, row: Record) -> None:
        self.run = run

    def generation(self, run: Run, row: Record) -> None:
        self.run, self.row = run, row
        if self._first is None or self._first["stage"] != row["stage"]:
            self._first, self._begin = row, time.perf_counter()
        if time.perf_counter() - self._shown >= EVERY:
            self._now()

    def end(self, run: Run) -> None:
        self.run, self.note = run, run.stopped
        self._now()

    def _now(self) -> None:
        self._shown = time.perf_counter()
        self.show()

    @property
    def title(self) -> str:
        """Returns what is sought."""
        config = None if self.run is None else self.run.config
        return "gpfft" if config is None else f"gpfft: {config.target}, seed {config.seed}"

    @property
    def rows(self) -> list[tuple[str, str]]:
        """Returns what is known of the search: words, and what there is to say of them."""
        run, row = self.run, self.row
        if run is None:
            return []
        rows = [("stage", self._stage(run, row))]
        if run.champions:
            rows += [("best", best(run)), ("published", distance(run)), ("so far", sparkline(course(run)))]
        if row is not None:
            unit = "flops" if run.config.any_size else run.config.cost
            error = f", error {row['median_error']:.3g}" if row["median_error"] else ""
            rows.append(("median", f"{row['median_flops']:.0f} {unit}{error}"))
            if row.get("hypervolume"):
                rows.append(("hypervolume", f"{row['hypervolume']:.4f}"))
            rows.append(("evaluations", f"{row['evaluations']} in this stage{self._rate(row)}"))
            rows.append(("live genes", f"{row['median_live']:.0%} of a chromosome"))
            rows.append(("diversity", f"{row['diversity']:.0%} of the chromosomes differ"))
        if run.config.islands > 1:
            way = f"{run.config.migration}, every {run.config.interval} generations"
            rows.append(("islands", f"{run.config.islands} ({way})"))
        rows.append(("time", span(run.elapsed) + self._left(run, row)))
        return [(word, text) for word, text in rows if text]

    def _stage(self, run: Run, row: Record | None) -> str:
        names = run.config.stage_names
        of = f" ({names.index(self.name) + 1} of {len(names)})" if len(names) > 1 else ""
        if row is None:
            return f"{self.name}{of}, begins: compiles what no earlier run did"
        generation, last = row["generation"], run.config.stage(self.name).generations
        return f"{self.name}{of}, generation {generation}" + (f" of {last}" if generation <= last else "")

    def _rate(self, row: Record) -> str:
        seconds, evaluations = self._since(row, "evaluations")
        return f", {evaluations / seconds:.3g} a second" if evaluations else ""

    def _since(self, row: Record, count: str) -> tuple[float, int]:
        """Returns the seconds since the stage was first heard of, and how much of a count there was since."""
        first = self._first if self._first and self._first["stage"] == row["stage"] else row
        return time.perf_counter() - self._begin, row[count] - first[count]

    def _left(self, run: Run, row: Record | None) -> str:
        """Returns the time left: until a limit, or else in the stage, at the pace that it has."""
        config, left = run.config, []
        if config.budget:
            left.append(config.budget - run.elapsed)
        if row is not None:
            before = {past["stage"]: past for past in run.history if past["stage"] != row["stage"]}.values()
            wanted = {"generation": config.generations, "evaluations": config.evaluations}
            if not config.limited:
                wanted["generation"] = sum(past["generation"] for past in before)
                wanted["generation"] += config.stage(row["stage"]).generations
            for count, limit in wanted.items():
                seconds, done = self._since(row, count)
                if limit and done:
                    more = limit - row[count] - sum(past[count] for past in before)
                    left.append(more * seconds / done)
        if not left:
            return ""
        return f", {span(max(0.0, min(left)))} left" + ("" if config.limited else " in this stage")


def distance(run: Run) -> str:
    """Returns how far the champion is from the best published count, "" where none is known."""
    known = record_of(run)
    if known is None:
        return ""
    error, flops = run.champion.worth
    if error:
        return str(known)
    off = flops - known
    return f"{known}, " + (f"{abs(off)} {'above' if off > 0 else 'below'} it" if off else "reached")


def course(run: Run) -> list[float]:
    """Returns the champion's flops by generation; while it was not exact its error, if it still is not."""
    rows: list[Record] = list(run.history)
    exact = [row["champion_flops"] for row in rows if not row["champion_error"]]
    return exact or [row["champion_error"] for row in rows if row["champion_error"] < math.inf]


def sparkline(values: Sequence[float]) -> str:
    """Returns a line of bars, the newest last; "" where there are less than two different values."""
    if len(values) > WIDTH:
        values = [values[(i + 1) * len(values) // WIDTH - 1] for i in range(WIDTH)]
    low, high = min(values, default=0), max(values, default=0)
    if low == high:
        return ""
    return "".join(BARS[round((value - low) / (high - low) * (len(BARS) - 1))] for value in values)


class Screen(Console):
    """A terminal that may go away while it is drawn on: then nothing more is."""

    def on_broken_pipe(self) -> None:
        self.quiet = True

    def _write_buffer(self) -> None:
        try:
            super()._write_buffer()
        except (OSError, ValueError):
            self.quiet = True


class Table(Watch):
    """One live table on a terminal, drawn by rich; `console` is by default the standard output."""

    def __init__(self, console: Console | None = None) -> None:
        super().__init__()
        self._gone = False
        self.console = console or Screen(highlight=False)
        self._live = Live(
            console=self.console, get_renderable=self.drawn, refresh_per_second=1 / EVERY,
            redirect_stdout=False, redirect_stderr=False,
        )  # fmt: skip

    def show(self) -> None:
        """Begins to draw; from then on rich does it, in a thread of its own."""
        self._unless_gone(self._live.start)

    def close(self) -> None:
        self._unless_gone(self._live.stop)

    def _unless_gone(self, draw: Callable[[], None]) -> None:
        """Draws; where nobody can see it any more the search goes on in silence."""
        try:
            if not self._gone:
                draw()
        except (OSError, ValueError):  # a ValueError is of a closed file, or of its encoding
            self.console.quiet = self._gone = True

    def drawn(self) -> RenderableType:
        """Returns the table as it is now; in one text, a quarter of the work of rich's own tables."""
        text = Text(no_wrap=True, overflow="ellipsis")
        for word, words in self.rows:
            if word != "so far" or not self.console.options.ascii_only:
                text.append(f"{word:13}", "dim").append(f"{words}\n", STYLES.get(word, ""))
        text.append(self.note, "italic")
        return Panel(text, title=Text(self.title), title_align="left", border_style="dim", expand=False)


STYLES = {"best": "bold cyan", "so far": "cyan"}  # of rows in the table


class View(Watch):
    """A table in a notebook that is drawn anew in its place, and one line in the end."""

    def __init__(self) -> None:
        super().__init__()
        self._handle: Any = None

    def show(self) -> None:
        self._display(self.drawn())

    def close(self) -> None:
        run = self.run
        if run is not None and run.champions:
            known = f"; published: {distance(run)}" if distance(run) else ""
            self._display(html.paragraph(f"{run.config.target}: {best(run)}{known}; {run.stopped}"))

    def drawn(self) -> str:
        """Returns the table as it is now, as HTML."""
        return html.facts([(self.title, self.note), *self.rows])

    def _display(self, text: str) -> None:
        from IPython.display import HTML, display

        if self._handle is None:
            self._handle = display(HTML(text), display_id=True)
        else:
            self._handle.update(HTML(text))
