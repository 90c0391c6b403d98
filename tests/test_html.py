"""What Jupyter shows of runs, programs, verdicts and records, and that nothing in it is trusted."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser
from xml.etree import ElementTree

import matplotlib
import numpy as np
import pytest

import gpfft
from gpfft import Algorithm, Codelet, Config, Verdict, champions, html, matrices, records, simplify
from gpfft.config import PoolStage, RescaledStage
from gpfft.table import Table, Tables

from . import programs, recursions

HOSTILE = "<script>alert('x')</script><img src=x onerror=\"alert(1)\">&amp;</pre></td></table>"
EMPTY = {"img", "br", "hr", "input", "meta", "link"}


@pytest.fixture(autouse=True)
def no_screen():
    """There is no screen, and no figure is left open."""
    matplotlib.use("Agg")
    yield
    import matplotlib.pyplot as plt

    assert plt.get_fignums() == []


class Page(HTMLParser):
    """Collects tags and text; refuses what is not closed in order."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []
        self.words: list[str] = []
        self.feed(text)
        self.close()
        assert not self.open

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        assert not any(name.startswith("on") for name, _ in attrs)
        if tag not in EMPTY:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.words.append(data)

    @property
    def text(self) -> str:
        return "".join(self.words)


def page(shown: object) -> Page:
    return Page(shown._repr_html_())


def test_a_codelet_is_shown_with_its_facts_its_verdict_its_flow_graph_and_its_listing():
    codelet = gpfft.codelet(8)
    shown = page(codelet)
    for words in ("dft8", "52 additions + 4 multiplications = 56 flops", "best published", "56 (FFTW",
                  "exact: all 8 impulse responses", codelet.made, codelet.given, "X7  = v54"):  # fmt: skip
        assert words in shown.text
    assert [shown.tags.count(tag) for tag in ("table", "svg", "details")] == [1, 1, 1]


def test_the_same_codelet_is_shown_alike_each_time():
    assert gpfft.codelet(4)._repr_html_() == gpfft.codelet(4)._repr_html_()


def test_the_picture_is_well_formed_scales_with_the_page_and_styles_nothing_else():
    shown = gpfft.codelet(4)._repr_html_()
    picture = shown[shown.index("<svg") : shown.index("</svg>") + 6]
    root = ElementTree.fromstring(picture)
    assert "max-width: 100%" in root.attrib["style"]
    assert not {"style", "metadata", "script"} & {element.tag.split("}")[-1] for element in root.iter()}


def test_outside_of_the_picture_no_colour_and_no_background_is_set():
    shown = gpfft.codelet(8)._repr_html_()
    for part in ("svg", "pre"):
        shown = re.sub(f"<{part}.*?</{part}>", "", shown, flags=re.DOTALL)
    assert not re.search("color|background|font", shown)


def test_large_programs_are_shown_without_a_picture_and_without_asking_the_judge():
    size = 1024
    codelet = gpfft.codelet(size)
    assert not codelet.is_quick
    shown = page(codelet)
    assert "svg" not in shown.tags and "not asked" in shown.text and "lines more" in shown.text
    assert len(shown.text.splitlines()) < html.MOST_LINES + 20


def test_a_verdict_that_was_asked_for_is_shown_however_long_it_took():
    algorithm = Algorithm(recursions.dit())
    vars(algorithm)["verdict"] = Verdict(True, "", "it was asked")
    assert "exact: it was asked" in page(algorithm).text


def test_an_algorithm_is_shown_with_its_flow_graph_at_a_few_points():
    shown = page(Algorithm(recursions.dit()))
    assert "at 16 points:" in shown.text and shown.tags.count("svg") == 1
    assert "definition 8374278" in shown.text and "fft(x), n = 1" in shown.text


def test_a_refused_program_is_shown_with_the_property_that_fails():
    wrong = Codelet(programs.permuted(4))
    assert "refused: impulse response" in page(wrong).text
    assert page(wrong.verdict).text.startswith("verdictrefusedpropertyimpulse response")


@pytest.mark.parametrize("verdict, words", [
    (Verdict(True, "", "by proof"), "verdictexactdetailby proof"),
    (Verdict(False, "linearity", "line 3"), "verdictrefusedpropertylinearitydetailline 3"),
    (Verdict(False, "", "to 1e-12: all"), "verdictto 1e-12detailto 1e-12: all"),
])  # fmt: skip
def test_a_verdict_is_a_small_table(verdict, words):
    assert page(verdict).text == words


def test_a_published_count_is_shown_with_its_source():
    assert page(records.published(8)).text.startswith("points8flops56sourceFFTW")
    assert "derived, never constructed" in page(records.published(17, "rdft")).text


def test_raw_programs_are_shown_as_what_they_hold():
    shown = page(programs.fft4())
    assert "4 inputs, 4 outputs" in shown.text and '"format": "gpfft program"' in shown.text
    shown = page(recursions.dit())
    assert "any power of 2" in shown.text and '"radix": 2' in shown.text


def test_a_run_is_shown_with_how_it_ended_and_its_champion():
    run = gpfft.evolve(config=Config(4, 3, "auto", (PoolStage(generations=3), RescaledStage(steps=200))))
    shown = page(run)
    assert "4 points, seed 3" in shown.text and "pool, then rescaled" in shown.text
    assert "all generations done" in shown.text and "not written" in shown.text
    assert "= 16 flops" in shown.text and shown.tags.count("svg") == 1


def test_a_run_that_found_nothing_is_shown_all_the_same():
    assert "nothing was found yet" in page(gpfft.Run(Config(4))).text


def test_what_files_say_is_escaped_wherever_it_is_shown():
    codelet = replace(gpfft.codelet(4), made=HOSTILE, given=HOSTILE)
    run = gpfft.Run(Config(4), champions=[({}, codelet)], stopped=HOSTILE)
    shown = [
        codelet, run, replace(Algorithm(recursions.dit()), made=HOSTILE, given=HOSTILE),
        Verdict(False, HOSTILE, HOSTILE), records.Published(4, 16, HOSTILE, False),
        Table((HOSTILE, "b"), ((HOSTILE, HOSTILE),), "lr", HOSTILE),
    ]  # fmt: skip
    for thing in shown:
        read = page(thing)
        assert not {"script", "img"} & set(read.tags), thing
        assert "<script>alert('x')</script>" in read.text


def test_a_hostile_name_of_a_matrix_is_escaped():
    target = replace(gpfft.recognise(matrices.dct2(2)), name="safe")
    object.__setattr__(target, "name", HOSTILE)
    read = page(Codelet(simplify(target.definition()), target=target))
    assert not {"script", "img"} & set(read.tags) and HOSTILE in read.text


def test_small_codelets_have_equations_for_mathjax_and_large_ones_none():
    text = gpfft.codelet(8)._repr_latex_()
    assert text.startswith("$$\\begin{aligned}\n") and text.endswith("\n\\end{aligned}$$")
    assert text.count("\\begin{aligned}") == text.count("$$") // 2 == 1
    assert "X_{7} &= v_{54}" in text and "W &= e^{-2 \\pi i / 8}" in text
    assert "W &=" not in gpfft.codelet(3)._repr_latex_()
    assert gpfft.codelet(16)._repr_latex_() and gpfft.codelet(18)._repr_latex_() is None
    assert set(re.findall(r"\\([a-z]+)", text)) <= {"begin", "end", "pi"}


def test_the_equations_are_those_of_the_exported_document():
    codelet = gpfft.codelet(5)
    body = codelet._repr_latex_().split("\n", 1)[1].rpartition("\n")[0]
    assert body in codelet.export("latex")


def test_a_table_has_the_same_cells_in_text_markdown_and_html():
    table = Table(("N", "source"), (("8", "a | b"), ("16", "c")), "rl", "a note")
    assert str(table) == " N  source\n 8  a | b\n16  c\na note"
    assert table.markdown() == "| N | source |\n| ---: | --- |\n| 8 | a \\| b |\n| 16 | c |"
    assert table._repr_markdown_() == table.markdown()
    assert page(table).text == "Nsource8a | b16ca note"
    both = Tables((table, table))
    assert str(both) == f"{table}\n\n{table}" and page(both).tags.count("table") == 2
    assert both._repr_markdown_() == f"{table.markdown()}\n\n{table.markdown()}"


def test_the_tables_of_the_records_are_one_thing_with_several_faces():
    table = champions.matrices_table()  # the others take seconds
    shown = page(Tables((table, replace(table, note=champions.NOTE))))
    assert all(cell in shown.text for row in table.rows for cell in row)
    assert shown.tags.count("table") == 2 and "never constructed" in shown.text


def test_a_figure_is_closed_also_where_it_cannot_be_drawn():
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots()
    axes.set_title(r"$\nonsense$")
    with pytest.raises(ValueError):
        html.svg(figure)
    assert np.size(plt.get_fignums()) == 0
