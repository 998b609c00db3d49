"""What the commands take that answer a reader: demo, serve, viewer, sample, export."""

from __future__ import annotations

import argparse
from pathlib import Path

from ssb_cli.arguments import add_checkpoint, add_device, add_model_folder, add_numbers, add_raters_group, command_named
from ssb_cli.door import add_door


def add_demo(parser: argparse.ArgumentParser) -> None:
    """The server on an example study."""
    parser.add_argument("--studies", metavar="DIR", type=Path, help="a folder of your own DICOM series or NIfTI files (default: a phantom)")
    parser.add_argument("--image", metavar="ID", help="which image of --studies (default: the first)")
    parser.add_argument("--point", metavar="I,J,K", help="the voxel to click, counted from 0 (needed with --studies)")
    parser.add_argument("--keep", action="store_true", help="leave the server running and print the addresses to open")
    parser.add_argument("-o", "--out", metavar="OUT", type=Path, default=Path("demo-out"), help="folder of the results (default: demo-out)")
    add_numbers(parser, guidance=False)
    add_checkpoint(parser)
    parser.set_defaults(run=command_named("demo"))


def add_serve(parser: argparse.ArgumentParser) -> None:
    """The server."""
    parser.add_argument("--studies", metavar="DIR", required=True, help="folder of DICOM series or NIfTI files, or a DICOMweb address")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: 127.0.0.1, this machine only)")
    parser.add_argument("--port", default="8000", help="port to listen on (default: 8000)")
    parser.add_argument(
        "--annotations",
        metavar="DIR",
        type=Path,
        help="folder that keeps every annotation (default: DIR/.ssb/annotations of a folder; of a DICOMweb address a folder named after "
        "it in ~/.local/share/ssb-label/annotations)",
    )
    parser.add_argument("--audit-days", metavar="N", help="days that the audit log is kept (default: for ever)")
    add_checkpoint(parser)
    add_model_folder(parser)
    add_device(parser)
    add_door(parser)
    parser.set_defaults(run=command_named("serve"))


def add_viewer(parser: argparse.ArgumentParser) -> None:
    """OHIF."""
    parser.add_argument("--pacs", metavar="URL", required=True, help="DICOMweb root of the PACS, the same that `serve --studies` gets")
    told = "address of `serve` on that PACS, such as http://127.0.0.1:8000: it takes what is stored at once, or you see why it does not"
    parser.add_argument("--server", metavar="URL", help=told)
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: 127.0.0.1, this machine only)")
    parser.add_argument("--port", default="3000", help="port to listen on (default: 3000)")
    parser.add_argument("--ohif", metavar="DIR", type=Path, help="OHIF's prebuilt files (default: those that `make viewer` installs)")
    add_door(parser)
    parser.set_defaults(run=command_named("viewer"))


def add_sample(parser: argparse.ArgumentParser) -> None:
    """One lesion or a cohort."""
    parser.add_argument("image", metavar="IMAGE", type=Path, nargs="?", help="NIfTI or NRRD file, or a folder with one DICOM series")
    where = parser.add_mutually_exclusive_group(required=True)
    where.add_argument("--point", metavar="I,J,K", help="the lesion, as a voxel counted from 0")
    where.add_argument("--point-mm", metavar="X,Y,Z", help="the lesion, in LPS patient millimetres as in DICOM")
    where.add_argument("--cohort", metavar="CSV", type=Path, help="a list of lesions in place of IMAGE and a point; resumable, see below")
    many = parser.add_mutually_exclusive_group()
    many.add_argument("--workers", metavar="N", help="processes for a cohort (default: one a CPU core, or one for a GPU)")
    many.add_argument("--ray", metavar="ADDRESS", help="Ray cluster for a cohort, such as auto or ray://host:10001")
    parser.add_argument("--inside", metavar="I,J,K", action="append", default=[], help="a voxel every mask must cover; repeatable")
    parser.add_argument("--outside", metavar="I,J,K", action="append", default=[], help="a voxel no mask may cover; repeatable")
    parser.add_argument("--corrected", metavar="FILE", type=Path, help="a mask that you edited: it stays as it is where you touched it")
    parser.add_argument("--touched", metavar="FILE", type=Path, help="a mask of the voxels that you touched; the rest is sampled again")
    parser.add_argument("-o", "--out", metavar="OUT", type=Path, required=True, help="folder of the results")
    add_numbers(parser)
    add_checkpoint(parser)
    add_model_folder(parser)
    add_device(parser)
    add_raters_group(parser)
    parser.set_defaults(run=command_named("sample"))


def add_export(parser: argparse.ArgumentParser) -> None:
    """A result as DICOM."""
    parser.add_argument("result", metavar="RESULT", type=Path, help="folder that `sample` wrote")
    parser.add_argument("--source", metavar="SERIES", type=Path, required=True, help="folder with the DICOM series")
    parser.add_argument("-o", "--out", metavar="OUT", type=Path, help="folder of the two files")
    parser.add_argument("--store", metavar="ADDRESS", help="DICOMweb root of a PACS to store them in, such as http://host:8042/dicom-web")
    parser.set_defaults(run=command_named("export"))
