"""What the commands take that look after a site: raters, models, users, backup, audit, restore."""

from __future__ import annotations

import argparse
from pathlib import Path

from ssb_cli import users
from ssb_cli.arguments import add_kept, add_model_folder, command_named


def add_raters(parser: argparse.ArgumentParser) -> None:
    """Who annotated what."""
    told = "the server's studies, a folder or a DICOMweb address, or a folder of images/<id> and raters/<rater>/<id>"
    parser.add_argument("--studies", metavar="DIR", required=True, help=told)
    parser.add_argument("-o", "--out", metavar="OUT", type=Path, required=True, help="folder of the report")
    parser.set_defaults(run=command_named("raters"))


def add_models(parser: argparse.ArgumentParser) -> None:
    """Versions of the model, with actions of their own."""
    actions = parser.add_subparsers(metavar="ACTION", dest="action", required=True)
    for action, told in (("list", "all versions"), ("show", "one version and the gate's report"), ("use", "use a version from now on")):
        sub = actions.add_parser(action, help=told)
        if action != "list":
            sub.add_argument("name", metavar="NAME", help="a version's name, as `list` shows it")
        if action == "use":
            sub.add_argument("--force", action="store_true", help="also a version that the gate refused")
        add_model_folder(sub)
        sub.add_argument("--json", action="store_true", help="print JSON")
    parser.set_defaults(run=command_named("models"))


def add_users(parser: argparse.ArgumentParser) -> None:
    """Who may log in, with actions of their own."""
    users.add_arguments(parser)
    parser.set_defaults(run=command_named("users"))


def add_backup(parser: argparse.ArgumentParser) -> None:
    """A backup."""
    add_kept(parser)
    parser.add_argument("-o", "--out", metavar="FILE", type=Path, required=True, help="the backup, a tar file")
    parser.set_defaults(run=command_named("backup"))


def add_audit(parser: argparse.ArgumentParser) -> None:
    """The audit log."""
    parser.add_argument("--studies", metavar="DIR", required=True, help="folder or DICOMweb address, as `serve` got it")
    parser.add_argument("--annotations", metavar="DIR", type=Path, help="folder of the annotations, where `serve` got one")
    parser.add_argument("--since", metavar="TIME", help="only entries from then on, UTC: 2026-11-26 or 2026-11-26T14:30")
    parser.add_argument("--user", metavar="NAME", help="only entries of this user, rater or client")
    parser.add_argument("--image", metavar="ID", help="only entries about this image")
    parser.add_argument("--json", action="store_true", help="print one JSON object a line")
    parser.set_defaults(run=command_named("audit"))


def add_restore(parser: argparse.ArgumentParser) -> None:
    """A backup put back."""
    parser.add_argument("file", metavar="FILE", type=Path, help="what `backup` wrote")
    add_kept(parser)
    parser.set_defaults(run=command_named("restore"))
