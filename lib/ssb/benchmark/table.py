"""The tables of a benchmark, for Markdown and for HTML."""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ssb.benchmark import published
from ssb.benchmark.entries import ENTRIES, SHIPPED, Entry, title_of
from ssb.benchmark.outcome import Outcome, Section
from ssb.benchmark.results import Column, Comparison, Line
from ssb.method import Method

NONE = "-"
EXPECTED = "*"
BETTER = {True: "\N{DOWNWARDS ARROW}", False: "\N{UPWARDS ARROW}"}
EXPECTED_NOTE = (
    f"{EXPECTED} not drawn: the value expected for that number of independent samples, from fewer of them "
    "(GED_N = U + D_SS / N + D_YY / M, U the unbiased form, D the mean distance of two different masks of one set)."
)


@dataclass(frozen=True)
class Cell:
    """One field; bold: the best of its column."""

    text: str
    bold: bool = False


@dataclass(frozen=True)
class Sheet:
    """One table with its heading and what is said below it."""

    title: str
    header: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    note: str = ""


def sheets_of(outcome: Outcome) -> tuple[Sheet, ...]:
    """Every table of the report, in its order."""
    found: list[Sheet] = []
    for section in outcome.sections:
        found += [_means(outcome, section), _comparisons(section), _intervals(outcome, section)]
    found += [_methods(outcome), _published()]
    return tuple(sheet for sheet in found if sheet.rows)


def markdown(sheet: Sheet) -> str:
    """A GitHub table; bold between two stars."""

    def line(texts: Sequence[str]) -> str:
        return f"| {' | '.join(texts)} |"

    texts = [[f"**{cell.text}**" if cell.bold else cell.text.replace(EXPECTED, rf"\{EXPECTED}") for cell in row] for row in sheet.rows]
    lines = [f"## {sheet.title}", "", line(sheet.header), line(["---", *["---:"] * (len(sheet.header) - 1)]), *map(line, texts)]
    return "\n".join([*lines, *(["", sheet.note.replace(EXPECTED, rf"\{EXPECTED}")] if sheet.note else []), ""])


def html_table(sheet: Sheet) -> str:
    """The same as HTML; the first column is the row's heading."""
    head = "".join(f"<th scope='col'>{html.escape(text)}</th>" for text in sheet.header)
    rows = []
    for first, *others in sheet.rows:
        cells = "".join(f"<td{' class=best' if cell.bold else ''}>{html.escape(cell.text)}</td>" for cell in others)
        rows.append(f"<tr><th scope='row'>{html.escape(first.text)}</th>{cells}</tr>")
    note = f"<p class='note'>{html.escape(sheet.note)}</p>" if sheet.note else ""
    return (
        f"<h2>{html.escape(sheet.title)}</h2><div class='wide'><table><thead><tr>{head}</tr></thead>"
        f"<tbody>{''.join(rows)}</tbody></table></div>{note}"
    )


def _means(outcome: Outcome, section: Section) -> Sheet:
    arrows = tuple(f"{column.title} {BETTER[column.lower]}" for column in outcome.columns)
    rows = tuple(
        (
            Cell(title_of(line.entry)),
            *(_mean(line, column, section) for column in outcome.columns),
            Cell(str(line.entry.nfe)),
            Cell(f"{outcome.seconds[line.entry.key]:.2g}"),
        )
        for line in section.lines
    )
    marked = any(line.expected for line in section.lines)
    notes = ["Bold: best of its column among the methods of one training budget."]
    shipped = [line.entry for line in section.lines if line.entry.method == SHIPPED]
    if shipped:
        notes.append("The shipped checkpoint had a larger budget of its own and takes no part in that.")
        notes += candidates_notes(shipped, outcome.contenders[SHIPPED].method)
    notes.append(f"Seconds: 16 samples of one crop, {outcome.device}, {_threads(outcome.threads)}, median of rounds in turns.")
    if marked:
        notes.append(EXPECTED_NOTE)
    return Sheet(_titled(section), ("method", *arrows, "NFE", "seconds"), rows, " ".join(notes))


def candidates_notes(entries: Sequence[Entry], method: Method) -> list[str]:
    """What an entry's NFE are where its samples are chosen from several candidates: a sentence an entry."""
    counts = {entry.nfe: method.candidates(entry.nfe) for entry in entries}
    return [
        f"With {nfe} NFE its samples are chosen from {count} candidates each, {method.preset.nfe} evaluations a candidate."
        for nfe, count in counts.items()
        if count > 1
    ]


def _intervals(outcome: Outcome, section: Section) -> Sheet:
    rows = tuple((Cell(title_of(line.entry)), *(_interval(line, column) for column in outcome.columns)) for line in section.lines)
    header = ("method", *(column.title for column in outcome.columns))
    return Sheet(f"{_titled(section)}: 95 % intervals", header, rows, "Mean over crops (bootstrap interval of 95 % over patients).")


def _comparisons(section: Section) -> Sheet:
    rows = [(*_names(found), Cell(_ratio(found, 1.0, 0.0)), Cell(NONE)) for found in section.rivals]
    rows += [(*_names(found), Cell(_ratio(found, 1.0, 0.0)), Cell(_ratio(found, 100.0, -100.0))) for found in section.few]
    name = section.rivals[0].column if section.rivals else section.few[0].column if section.few else "ged"
    title = name.upper().replace("_", "")
    note = "Paired bootstrap interval of 95 % over patients. The best rival is the one with the lowest mean on these crops."
    return Sheet(f"Ratios of {title}, {_titled(section).lower()}", ("method", "over", "ratio", "change in %"), tuple(rows), note)


def _methods(outcome: Outcome) -> Sheet:
    rows = tuple(
        (
            Cell(found.recipe.title),
            Cell(f"{found.parameters:,}"),
            Cell(f"{found.steps:,}"),
            Cell(NONE if found.seconds is None else f"{found.seconds / 60:.1f}"),
            Cell("own" if found.recipe.own_budget else "common"),
            Cell(f"{found.checkpoint} {found.fingerprint[:12]}"),
        )
        for found in outcome.contenders.values()
    )
    header = ("method", "parameters", "training steps", "training minutes", "budget", "checkpoint")
    note = "Common budget: the same steps, batch and schedule on the training split. Minutes are those of the machine that trained."
    return Sheet("Methods", header, rows, note)


def _published() -> Sheet:
    rows = tuple(tuple(Cell(text) for text in row) for row in published.ROWS)
    return Sheet(published.TITLE, published.HEADER, rows, published.SOURCE)


def _titled(section: Section) -> str:
    return f"{section.title} ({section.crops:,} crops of {section.patients} patients)"


def _threads(count: int) -> str:
    return f"{count} thread{'' if count == 1 else 's'}"


def _mean(line: Line, column: Column, section: Section) -> Cell:
    value = line.means[column.key]
    if not np.isfinite(value):
        return Cell(NONE)
    text = f"{_shown(value, column)}{EXPECTED if column.key in line.expected else ''}"
    return Cell(text, line.entry.method != SHIPPED and value == section.best.get(column.key))


def _interval(line: Line, column: Column) -> Cell:
    value, (low, high) = line.means[column.key], line.intervals[column.key]
    if not np.isfinite(value):
        return Cell(NONE)
    ends = f" ({_shown(low, column)}-{_shown(high, column)})" if np.isfinite(low) else ""
    return Cell(f"{_shown(value, column)}{ends}{EXPECTED if column.key in line.expected else ''}")


def _shown(value: float, column: Column) -> str:
    return f"{value:.4f}" if column.name in ("ece", "brier") else f"{value:.3f}"


def _names(found: Comparison) -> tuple[Cell, Cell]:
    titles = {entry.key: title_of(entry) for entry in ENTRIES}
    return Cell(titles[found.first]), Cell(titles[found.second])


def _ratio(found: Comparison, factor: float, offset: float) -> str:
    if not np.isfinite(found.ratio):
        return NONE
    digits = 3 if factor == 1.0 else 1
    value, low, high = (f"{factor * number + offset:.{digits}f}" for number in (found.ratio, *found.interval))
    return f"{value} ({low} to {high})" if np.isfinite(found.interval).all() else value
