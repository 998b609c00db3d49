"""The MONAI Label server with our app, started so that every problem shows as one sentence before it listens."""

from __future__ import annotations

import os
import socket
import sys
from argparse import Namespace
from pathlib import Path

from ssb.errors import InputError, NotFoundError, SSBError
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
) -> None:
    """Run the server until Ctrl-C or SIGTERM: then submissions are finished, samplings dropped with status 503, and a training saved.

    studies: a folder with NIfTI or NRRD files and DICOM series, or the address of a DICOMweb server. checkpoint: a .safetensors
    file that is served for good (default: the version in use of `models`, followed while the server runs). device: "cpu", "cuda" or
    "cuda:N" (default: cuda where there is one).
    annotations: the folder where every annotation is kept (default: .ssb/annotations in a studies folder; for a DICOMweb server what
    `ssb_app.pacs.annotations_folder` says). models: the folder of the model's versions (default: the repository's).
    audit_days: days that the audit log is kept (default: for ever).
    Raises NotFoundError where there is no such folder, InputError where it holds no image or host and port cannot be used, and
    CheckpointError.
    """
    if not studies.startswith(("http://", "https://")) and not Path(studies).is_dir():
        raise NotFoundError(f"There is no studies folder '{studies}'.")
    check_address(host, port)
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
            import monailabel.app  # noqa: F401 (the app adds its routes to it)
            from monailabel.interfaces.utils.app import app_instance

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
    server = Server()
    try:
        with termination_as_exception():
            server.action_start_server(server.args_parser().parse_args(arguments))
    finally:
        from ssb_app.train_route import interrupt_training

        interrupt_training()


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
