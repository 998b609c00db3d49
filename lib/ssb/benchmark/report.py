"""The page of a benchmark: tables and figures in one HTML file that needs no other."""

from __future__ import annotations

import base64
import html
from collections.abc import Sequence
from pathlib import Path

from ssb.benchmark.outcome import Outcome
from ssb.benchmark.table import Sheet, html_table, markdown

TITLE = "SSB++ and its rivals, side by side"
STYLE = """
:root { color-scheme: light; }
body { margin: 0 auto; padding: 2rem 1.25rem 4rem; max-width: 78rem; background: #fff; color: #1b1f24;
       font: 16px/1.5 system-ui, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; }
h1 { font-size: 1.9rem; line-height: 1.2; margin: 0 0 .4rem; } h2 { font-size: 1.2rem; margin: 2.4rem 0 .6rem; }
p { max-width: 60rem; } .lead { color: #3f4752; margin-top: 0; } .note { color: #5a636e; font-size: .86rem; }
.wide { overflow-x: auto; } table { border-collapse: collapse; font-size: .84rem; font-variant-numeric: tabular-nums; }
th, td { padding: .32rem .6rem; text-align: right; white-space: nowrap; border-bottom: 1px solid #e3e7ec; }
thead th { border-bottom: 2px solid #9aa4af; font-weight: 600; vertical-align: bottom; } th[scope=row] { font-weight: 500; }
th:first-child { text-align: left; position: sticky; left: 0; background: #fff; }
td.best { font-weight: 700; } figure { margin: 1.6rem 0; break-inside: avoid; } figure img { max-width: 100%; height: auto; }
figcaption { color: #5a636e; font-size: .86rem; max-width: 60rem; }
@media print { @page { size: A4 landscape; margin: 12mm; } body { max-width: none; padding: 0; font-size: 11pt; }
  .wide { overflow: visible; } table { font-size: 6.4pt; break-inside: avoid; } th, td { padding: .15rem .25rem; }
  h2 { break-after: avoid; } }
"""


def summary_of(outcome: Outcome) -> str:
    """What was compared, in a few sentences."""
    plan, parts = outcome.plan, outcome.sections
    counts = ", ".join(map(str, plan.counts))
    split = f"the {outcome.split} split"
    where = " and ".join(f"{section.crops:,} crops of {section.patients} patients" for section in parts)
    return (
        f"{len(outcome.contenders)} methods on {split}, {where}, scored at {counts} samples a crop with seed {plan.seed}. "
        "GED is the squared generalised energy distance with d = 1 - IoU, and d = 0 where both masks are empty, in the usual biased form "
        "unless named otherwise. Every crop of the set counts, those without any mask too. D_DDI is our own definition. "
        "A method that is not trained by this run (shipped) is shown but not ranked."
    )


def write_markdown(outcome: Outcome, sheets: Sequence[Sheet], figures: Sequence[tuple[Path, str]], path: Path) -> None:
    """benchmark.md: the tables, and the figures by their paths beside it."""
    pictures = [f"![{caption}]({figure.as_posix()})\n\n*{caption}*\n" for figure, caption in figures]
    path.write_text("\n".join([f"# {TITLE}", "", summary_of(outcome), "", *map(markdown, sheets), *pictures]))


def write_html(outcome: Outcome, sheets: Sequence[Sheet], figures: Sequence[tuple[Path, str]], path: Path) -> None:
    """report.html: the same on one page with the pictures inside; the results first, then the pictures, then the details."""
    results = [sheet for sheet in sheets if "intervals" not in sheet.title]
    details = [sheet for sheet in sheets if "intervals" in sheet.title]
    body = "".join([*map(html_table, results), *(_figure(*figure) for figure in figures), *map(html_table, details)])
    path.write_text(
        f"<!doctype html>\n<html lang='en'><head><meta charset='utf-8'><meta name='viewport' content='width=device-width, initial-scale=1'>"
        f"<title>{html.escape(TITLE)}</title><style>{STYLE}</style></head><body><h1>{html.escape(TITLE)}</h1>"
        f"<p class='lead'>{html.escape(summary_of(outcome))}</p>{body}</body></html>\n",
        encoding="utf-8",
    )


def _figure(path: Path, caption: str) -> str:
    data = base64.b64encode(path.read_bytes()).decode()
    words = html.escape(caption, quote=True)
    return f"<figure><img alt='{words}' src='data:image/png;base64,{data}'><figcaption>{words}</figcaption></figure>"
