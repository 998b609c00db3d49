"""The command line: parses, calls the library or the app, and prints."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from ssb.errors import SSBError
from ssb_cli.parser import build_parser, join_negative_values


def main(arguments: Sequence[str]) -> int:
    """Run one command; returns the exit code: 0, an error's own code with its sentence on stderr, or 130 after Ctrl-C."""
    try:
        parsed = build_parser().parse_args(join_negative_values(arguments))
        parsed.run(parsed)
    except SSBError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("ssb"):
            raise
        print(f"The package {error.name} is missing in this Python: run `make demo` once, then use .venv/bin/python.", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Stopped.", file=sys.stderr)
        return 130
    return 0
