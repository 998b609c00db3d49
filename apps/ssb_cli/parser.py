"""What the command line understands; the commands themselves are imported only when they run, so that --help is quick."""

from __future__ import annotations

import argparse
import re
from collections.abc import Sequence
from functools import partial
from typing import NoReturn

from ssb import __version__
from ssb.errors import InputError
from ssb_cli import users
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
from ssb_cli.keeping_arguments import add_audit, add_backup, add_models, add_raters, add_restore, add_users
from ssb_cli.learning_arguments import add_benchmark, add_evaluate, add_prepare, add_retrain, add_train
from ssb_cli.viewing_arguments import add_demo, add_export, add_sample, add_serve, add_viewer


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
    add_demo(command("demo", help="start the server on an example study, click, write files and a picture"))
    add_serve(command("serve", help="run the MONAI Label server on a folder of studies"))
    add_viewer(command("viewer", help="OHIF for annotators, on the images of a PACS", epilog=VIEWER_EPILOG))
    add_sample(
        command(
            "sample",
            help="plausible masks of one lesion in one image",
            description="Draw plausible masks of the lesion at a point: NIfTI, NRRD, or a folder with one DICOM series.",
            epilog=SAMPLE_EPILOG,
        )
    )
    add_export(
        command(
            "export",
            help="what sample wrote as DICOM Segmentation and Parametric Map, in files or in a PACS",
            description="Write a result of `sample` as DICOM objects beside the series that it was drawn on.",
            epilog=EXPORT_EPILOG,
        )
    )
    add_train(
        command(
            "train",
            help="train a checkpoint; started again on the same OUT it goes on where it stopped",
            epilog=DATA_EPILOG,
        )
    )
    add_retrain(
        command(
            "retrain",
            help="fine-tune the model on the annotations of a site; started again on the same OUT it goes on",
            epilog=RETRAIN_EPILOG,
        )
    )
    add_evaluate(
        command(
            "evaluate",
            help="metrics of a checkpoint against several raters",
            epilog=DATA_EPILOG,
        )
    )
    add_benchmark(
        command(
            "benchmark",
            help="SSB++, SSB and their rivals on the same crops; started again on the same OUT it goes on",
            description="Train or load every method, score all of them on the same crops, write tables, figures and a report.",
            epilog=BENCHMARK_EPILOG,
        )
    )
    add_prepare(
        command(
            "prepare",
            help="crops with several raters' masks from a public data set's own files; started again it goes on where it stopped",
            epilog=PREPARE_EPILOG,
        )
    )
    add_raters(
        command(
            "raters",
            help="who annotated what, and how the raters differ",
            epilog=RATERS_EPILOG,
        )
    )
    add_models(
        command(
            "models",
            help="the versions of the model: list them, show one, go to another",
            epilog=MODELS_EPILOG,
        )
    )
    add_users(command("users", help="who may log in, at a site without an identity provider", epilog=users.EPILOG))
    add_backup(command("backup", help="all annotations and model versions in one file, while the server runs", epilog=BACKUP_EPILOG))
    add_audit(command("audit", help="who did what to which image, and whether the record is whole", epilog=AUDIT_EPILOG))
    add_restore(command("restore", help="put back what a backup holds and is missing", epilog=RESTORE_EPILOG))
    return parser
