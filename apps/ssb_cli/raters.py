"""The command `raters`: who annotated what, and how the raters differ."""

from __future__ import annotations

import sys
from argparse import Namespace
from pathlib import Path

from ssb.annotations.store import AnnotationStore
from ssb.datasets.site import SiteStudies
from ssb.errors import InputError
from ssb.raters.files import write_report
from ssb.raters.report import RatersReport
from ssb.raters.sources import StoreReports, report_of_studies
from ssb_cli.common import annotations_of, make_folder

NO_FINDING = "No rater draws systematically larger or smaller, or misses lesions, beyond chance."


def run(parsed: Namespace) -> None:
    """Read the latest annotations, write raters.json, raters.csv and raters.png, and print the findings."""
    report = report_of(parsed.studies)
    for one in report.skipped:
        print(f"Left out {one.id}: {one.reason}", file=sys.stderr)
    if not report.images:
        raise InputError(f"There is no annotation that can be read in '{parsed.studies}': nobody has submitted one yet.")
    make_folder(parsed.out)
    files = write_report(report, parsed.out)
    print(table(report))
    print(f"Written to {', '.join(str(path) for path in files[:-1])} and {files[-1]}")


def report_of(studies: str) -> RatersReport:
    """The report of a server's studies (a folder, or the address of a DICOMweb server) or of a folder of images/ and raters/."""
    annotations, folder = annotations_of(studies, None), Path(studies)
    if all((folder / name).is_dir() for name in ("images", "raters")):
        site = SiteStudies(folder)
        return report_of_studies(site, lambda: site.skipped)
    return StoreReports(AnnotationStore(annotations)).report(show_progress=True)


def table(report: RatersReport) -> str:
    """A line for each rater, then the findings."""
    lines = [f"{'':24} {'images':>7} {'lesions':>8} {'volume ratio':>13} {'found of the others':>20}"]
    for rater, facts in report.as_dict()["raters"].items():
        ratio, found = facts["size"]["ratio"]["value"], facts["detection"]
        shown = "-" if ratio is None else f"{ratio:.2f}"
        share = f"{found['found']} of {found['lesions']}"
        lines.append(f"{rater[:24]:24} {facts['images']:7} {facts['lesions']:8} {shown:>13} {share:>20}")
    return "\n".join([*lines, *(report.findings or [NO_FINDING])])
