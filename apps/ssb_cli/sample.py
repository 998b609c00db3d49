"""The command `sample`: masks of one lesion in one image, written to a folder, or of a list of lesions."""

from __future__ import annotations

from argparse import Namespace

import numpy as np
from tqdm import tqdm

from ssb.annotations.regrid import on_grid
from ssb.errors import InputError
from ssb.known import correction
from ssb.lesion import sample_lesion
from ssb.outputs.result import write_result
from ssb.outputs.table import table
from ssb.plausible import Request, SampleSet
from ssb.point_text import read_point
from ssb.volumes import Volume, open_volume
from ssb_app.points import Points
from ssb_cli import cohort
from ssb_cli.common import load_asked_model, make_folder, options_of


def run(parsed: Namespace) -> None:
    """Read, sample with a progress bar, write, and print a short table."""
    if parsed.cohort is not None:
        cohort.run(parsed)
        return
    if parsed.image is None:
        raise InputError("Give the IMAGE to sample, or a list of lesions with --cohort.")
    if parsed.workers or parsed.ray:
        raise InputError("The options --workers and --ray belong to --cohort.")
    pointed = _Pointed(parsed)
    model = load_asked_model(parsed)
    options = options_of(parsed, model)
    volume = open_volume(parsed.image)
    points = pointed.on(volume)
    fixed = _fixed(parsed, volume)
    make_folder(parsed.out)
    click, *inside = points.foreground
    request = Request(click, options.samples, options.nfe, options.guidance, options.seed, tuple(inside), points.outside, model.raters)
    with tqdm(total=100, unit="%", desc="sampling", bar_format="{desc} {percentage:3.0f} %|{bar}| {elapsed}<{remaining}") as bar:
        sample_set = sample_lesion(volume, request, model, lambda done: bar.update(100 * done - bar.n), fixed)
    files = write_result(volume, sample_set, parsed.out)
    print(headline(sample_set))
    print(table(sample_set))
    print(f"Written to {parsed.out}: {', '.join(file.name for file in files)}")
    print(f"Overview: {parsed.out / 'overview.png'}")


def headline(sample_set: SampleSet) -> str:
    """What was drawn, with which settings, and how long it took."""
    asked = sample_set.request
    return (
        f"{len(sample_set.masks)} samples at voxel {asked.point}, {asked.nfe} evaluations each, guidance {asked.guidance:g}, "
        f"seed {asked.seed}, {sample_set.checkpoint}, {sample_set.seconds:.1f} s"
    )


def _fixed(parsed: Namespace, volume: Volume) -> np.ndarray | None:
    """The correction of the command line, None without one."""
    if (parsed.corrected is None) != (parsed.touched is None):
        raise InputError("The options --corrected and --touched belong together: the edited mask, and where it was edited.")
    if parsed.corrected is None:
        return None
    return correction(on_grid(parsed.corrected, volume), on_grid(parsed.touched, volume))


class _Pointed:
    """The points of the command line, read before the image so that a slip is told at once."""

    def __init__(self, parsed: Namespace) -> None:
        self.in_mm = parsed.point is None
        self.click = read_point(parsed.point_mm, "option --point-mm") if self.in_mm else read_point(parsed.point, "option --point")
        self.inside = [read_point(text, "option --inside") for text in parsed.inside]
        self.outside = [read_point(text, "option --outside") for text in parsed.outside]

    def on(self, volume: Volume) -> Points:
        """The voxels of `volume` that they mean; an InputError where one lies outside the image."""
        click = volume.to_index(self.click) if self.in_mm else volume.check_index(self.click)
        inside, outside = (tuple(volume.check_index(point) for point in points) for points in (self.inside, self.outside))
        return Points((click, *inside), outside)
