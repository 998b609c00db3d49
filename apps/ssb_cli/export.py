"""The command `export`: what `sample` wrote, as DICOM objects in files or in a PACS."""

from __future__ import annotations

from argparse import Namespace

from ssb.errors import InputError
from ssb.outputs.dicom_results import write_objects
from ssb.outputs.result_reader import read_result
from ssb.volumes.dicom_source import SourceSeries
from ssb_cli.common import make_folder


def run(parsed: Namespace) -> None:
    """Read the result and the series, write the objects, store them, and say where they are."""
    if parsed.out is None and parsed.store is None:
        raise InputError("Say where to: -o OUT for files, --store ADDRESS for a PACS, or both.")
    sample_set, series_uid = read_result(parsed.result)
    source = SourceSeries.read(parsed.source, series_uid)
    if parsed.out is not None:
        make_folder(parsed.out)
        for path in write_objects(sample_set, source, parsed.out):
            print(f"Written: {path} ({path.stat().st_size / 1000:.0f} kB)")
    if parsed.store is not None:
        from ssb_app.pacs_client import Pacs
        from ssb_app.pacs_results import store_results

        for one in store_results(Pacs(parsed.store.rstrip("/")), sample_set, source):
            print(f"{'Already in the PACS' if one.was_there else 'Stored'}: {one.kind} {one.uid}")
