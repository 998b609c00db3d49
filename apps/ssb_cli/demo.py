"""The command `demo`: server, stock client, click, files and picture in one go."""

from __future__ import annotations

from argparse import Namespace

from ssb.errors import InputError
from ssb.options import NFE, SAMPLES, SEED
from ssb.plausible import Index
from ssb.point_text import read_point
from ssb_cli.common import make_folder


def run(parsed: Namespace) -> None:
    """Run the demonstration."""
    samples, seed = int(SAMPLES.check(parsed.samples)), int(SEED.check(parsed.seed))
    nfe = None if parsed.nfe is None else int(NFE.check(parsed.nfe))
    point = None if parsed.point is None else _voxel(parsed.point)
    make_folder(parsed.out)
    from ssb_app.demo import demo

    demo(
        parsed.out,
        studies=parsed.studies,
        image=parsed.image,
        point=point,
        keep=parsed.keep,
        samples=samples,
        nfe=nfe,
        seed=seed,
        checkpoint=parsed.checkpoint,
    )


def _voxel(text: str) -> Index:
    i, j, k = read_point(text, "option --point")
    if not (i.is_integer() and j.is_integer() and k.is_integer()):
        raise InputError(f"The option --point is '{text}', but the demo clicks a voxel: three whole numbers such as 231,180,42.")
    return int(i), int(j), int(k)
