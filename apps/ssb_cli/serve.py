"""The command `serve`: the MONAI Label server on a folder of studies."""

from __future__ import annotations

from argparse import Namespace

from ssb.device import resolve_device
from ssb_cli.common import asked_versions, whole_number
from ssb_cli.door import access_of, tls_of


def run(parsed: Namespace) -> None:
    """Serve until Ctrl-C."""
    port, device = whole_number(parsed.port, "--port", 1, 65535), resolve_device(parsed.device)
    from ssb_app.serving import serve

    models = None if parsed.models is None else asked_versions(parsed).folder
    days = None if parsed.audit_days is None else whole_number(parsed.audit_days, "--audit-days", 1, 36500)
    access, tls = access_of(parsed), tls_of(parsed)
    serve(parsed.studies, parsed.host, port, parsed.checkpoint, device, parsed.annotations, models, days, access, tls)
