"""The MONAI Label server with our app, started so that every problem shows as one sentence before it listens."""

from __future__ import annotations

import os
import socket
import sys
from argparse import Namespace
from pathlib import Path

from ssb.errors import InputError, NotFoundError, SSBError
from ssb_app.access.access import Access
from ssb_app.access.reach import check_reach, is_loopback
from ssb_app.access.tls import NO_TLS, Tls
from ssb_app.log_privacy import hide_names
from ssb_app.server_process import termination_as_exception

APP_FOLDER = Path(__file__).resolve().parent


def serve(
    studies: str,
    host: str = "127.0.0.1",
    port: int = 8000,
    checkpoint: Path | None = None,
    device: str | None = None,
    annotations: Path | None = None,
    models: Path | None = None,
    audit_days: int | None = None,
    access: Access | None = None,
    tls: Tls = NO_TLS,
) -> None:
    """Run the server until Ctrl-C or SIGTERM: then submissions are finished, samplings dropped with status 503, and a training saved.

    studies: a folder with NIfTI or NRRD files and DICOM series, or the address of a DICOMweb server. checkpoint: a .safetensors
    file that is served for good (default: the version in use of `models`, followed while the server runs). device: "cpu", "cuda" or
    "cuda:N" (default: cuda where there is one).
    annotations: the folder where every annotation is kept (default: .ssb/annotations in a studies folder; for a DICOMweb server what
    `ssb_app.pacs.annotations_folder` says). models: the folder of the model's versions (default: the repository's).
    audit_days: days that the audit log is kept (default: for ever). access: how people log in (default: nobody does, and only this machine
    is answered). tls: the files that make it https.
    Raises NotFoundError where there is no such folder, InputError where it holds no image, host and port cannot be used, or other
    machines could ask without a login, and CheckpointError.
    """
    if not studies.startswith(("http://", "https://")) and not Path(studies).is_dir():
        raise NotFoundError(f"There is no studies folder '{studies}'.")
    access = access or Access()
    check_address(host, port)
    check_door(host, access, tls)
    _show_own_programs()
    hide_names()
    import uvicorn
    from monailabel.main import Main
    from monailabel.utils.others.generic import init_log_config

    from ssb_app.stopping import GracefulServer
    from ssb_app.train import STOP_SECONDS

    class Server(Main):
        """MONAI Label's start, with the app made before uvicorn runs: there its errors would end in a traceback."""

        def start_server_init_settings(self, args: Namespace) -> None:
            super().start_server_init_settings(args)
            import monailabel.app  # the app adds its routes to it, and the door
            from monailabel.interfaces.utils.app import app_instance

            monailabel.app.app.state.ssb_access = access

            app_instance()

        def action_start_server(self, args: Namespace) -> None:
            """MONAI Label's own, with a server that stops in a bounded time."""
            self.start_server_validate_args(args)
            self.start_server_init_settings(args)
            from monailabel.interfaces.utils.app import app_instance

            logs = init_log_config(args.log_config, args.app, "app.log", args.verbose)
            config = uvicorn.Config(
                args.uvicorn_app,
                args.host,
                args.port,
                log_level=args.log_level,
                log_config=logs,
                access_log=False,
                ssl_keyfile=args.ssl_keyfile,
                ssl_certfile=args.ssl_certfile,
            )
            server = GracefulServer(config, app_instance().stop, STOP_SECONDS)
            server.run()
            if not server.started:
                raise SSBError("The server could not start: the log says why.")

    arguments = ["start_server", "--app", str(APP_FOLDER), "--studies", studies, "--host", host, "--port", str(port)]
    arguments += ["--conf", "checkpoint", str(checkpoint.resolve())] if checkpoint else []
    arguments += ["--conf", "device", device] if device else []
    arguments += ["--conf", "annotations", str(annotations.resolve())] if annotations else []
    arguments += ["--conf", "models", str(models.resolve())] if models else []
    arguments += ["--conf", "audit_days", str(audit_days)] if audit_days else []
    arguments += ["--ssl_keyfile", str(tls.keyfile), "--ssl_certfile", str(tls.certfile)] if tls.certfile else []
    server = Server()
    try:
        with termination_as_exception():
            server.action_start_server(server.args_parser().parse_args(arguments))
    finally:
        from ssb_app.train_route import interrupt_training

        interrupt_training()


def check_door(host: str, access: Access, tls: Tls) -> None:
    """What `check_reach` and `Tls.check` raise; passwords that travel openly are warned of."""
    check_reach(host, access.login, access.insecure)
    tls.check()
    if not is_loopback(host) and access.login and tls.certfile is None:
        print(
            f"Passwords and images travel unencrypted to {host}: give --ssl-certfile and --ssl-keyfile, or listen on 127.0.0.1 behind a "
            "reverse proxy with https.",
            file=sys.stderr,
        )


def check_address(host: str, port: int) -> None:
    """An InputError where host and port cannot be listened on; uvicorn would say so only after everything is loaded."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise InputError(f"The port {port} of {host} cannot be used: {(error.strerror or str(error)).lower()}.") from error


def _show_own_programs() -> None:
    """Let MONAI Label find the programs of this Python's packages (dcmqi's), which it would download otherwise."""
    os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
