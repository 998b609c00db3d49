"""The command `users`: who may log in at a site without an identity provider."""

from __future__ import annotations

import argparse
import sys
from argparse import Namespace
from getpass import getpass
from pathlib import Path

from ssb.errors import InputError, NotFoundError

ACTIONS = {
    "add": "a new user; asks for the password twice",
    "list": "all users and their roles",
    "remove": "a user who may not log in any more",
    "role": "another role for a user, at once",
    "password": "another password for a user; asks for it twice",
}
ROLE_NAMES = ("reader", "annotator", "reviewer", "admin")

EPILOG = """\
roles: a reader looks and samples, an annotator also submits, a reviewer also marks labels and downloads everything at once, an admin also
trains, changes models, deletes, and reads logs. A running server follows the file: who is removed is out at once.
Beside FILE lies FILE.key, which signs the logins: server and viewer need both, nobody else may read them.

examples:
  main.py users add anna --file users.json
  main.py users add bert --file users.json --role admin --password-stdin < password.txt
  main.py users role anna reviewer --file users.json
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Its actions."""
    actions = parser.add_subparsers(metavar="ACTION", dest="action", required=True)
    for action, told in ACTIONS.items():
        sub = actions.add_parser(action, help=told)
        if action != "list":
            sub.add_argument("name", metavar="NAME", help="the user, whose annotations carry this name")
        if action == "role":
            sub.add_argument("role", metavar="ROLE", help=", ".join(ROLE_NAMES))
        if action == "add":
            sub.add_argument("--role", metavar="ROLE", default="annotator", help=f"{', '.join(ROLE_NAMES)} (default: annotator)")
        if action in ("add", "password"):
            sub.add_argument("--password-stdin", action="store_true", help="read the password from standard input, its first line")
        sub.add_argument("--file", metavar="FILE", type=Path, required=True, help="the user file; `add` makes it")


def run(parsed: Namespace) -> None:
    """Carry out one action, and say what is so now."""
    from ssb_app.access.access import key_beside
    from ssb_app.access.sessions import session_key
    from ssb_app.access.users import UserFile

    file = UserFile(parsed.file)
    if parsed.action != "add" and not parsed.file.is_file():
        raise NotFoundError(f"There is no user file '{parsed.file}'.")
    if parsed.action == "list":
        for name, kept in file.users().items():
            print(f"{kept.role:10} {name}")
    elif parsed.action == "add":
        file.add(parsed.name, parsed.role, _password(parsed))
        session_key(key_beside(parsed.file))
        print(f"{parsed.name} may log in as {parsed.role}.")
    elif parsed.action == "password":
        file.set_password(parsed.name, _password(parsed))
        print(f"{parsed.name} has another password, and must log in again.")
    elif parsed.action == "role":
        file.set_role(parsed.name, parsed.role)
        print(f"{parsed.name} is {parsed.role} now.")
    else:
        file.remove(parsed.name)
        print(f"{parsed.name} may not log in any more; annotations stay.")


def _password(parsed: Namespace) -> str:
    if parsed.password_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    if not sys.stdin.isatty():
        raise InputError("There is no terminal to ask for the password: give it on standard input, with --password-stdin.")
    password = getpass(f"Password for {parsed.name}: ")
    if getpass("The same again: ") != password:
        raise InputError("The two passwords differ: nothing is changed.")
    return password
