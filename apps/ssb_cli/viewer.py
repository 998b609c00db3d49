"""The command `viewer`: OHIF for the annotators of a site."""

from __future__ import annotations

from argparse import Namespace

from ssb_cli.common import whole_number
from ssb_cli.door import access_of, tls_of


def run(parsed: Namespace) -> None:
    """Serve until Ctrl-C."""
    port = whole_number(parsed.port, "--port", 1, 65535)
    from ssb_viewer.serving import serve

    serve(parsed.pacs, access_of(parsed), parsed.server, parsed.host, port, parsed.ohif, tls_of(parsed))
