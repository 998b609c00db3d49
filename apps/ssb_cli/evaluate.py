"""The command `evaluate`: metrics of a checkpoint on crops with several raters."""

from __future__ import annotations

from argparse import Namespace
from dataclasses import replace

from ssb.bridge_method import BridgeMethod
from ssb.crop_scores import Evaluation, write_evaluation
from ssb.datasets.phantom_crops import PhantomCrops
from ssb.evaluation import evaluate
from ssb.oracle import ORACLE, mean_expected_floor, oracle_floor
from ssb.sampling import steps_of
from ssb_cli.common import asked_crops, load_asked_model, make_folder, options_of, whole_number

TITLES = {
    "ged": "GED",
    "ged_unbiased": "GED, unbiased",
    "hm_iou": "HM-IoU",
    "d_max": "D_max",
    "d_ddi": "D_DDI",
    "d_ddi_diversity": "D_DDI, diversity",
    "d_ddi_consensus": "D_DDI, consensus",
    "s_ncc": "S_NCC",
    "ci": "CI",
    "ece": "ECE",
    "brier": "Brier",
    "auroc": "AUROC of errors",
}


def run(parsed: Namespace) -> None:
    """Score, write metrics.json and crops.csv, and print a short table; phantoms are scored beside the oracle, too."""
    limit = None if parsed.limit is None else whole_number(parsed.limit, "--limit", 1, 1_000_000)
    model = load_asked_model(parsed)
    options = replace(options_of(parsed, model), raters=model.raters)
    # Options that do not go together are refused before minutes of reading.
    steps_of(options.nfe, options.guidance)
    crops = asked_crops(parsed, parsed.split, model.preset)
    make_folder(parsed.out)
    method = BridgeMethod(replace(model.preset, guidance=options.guidance), model.network)
    evaluation = evaluate(method, crops, options, limit, name=model.name)
    written = list(write_evaluation(parsed.out, evaluation))
    print(table(evaluation))
    if isinstance(crops, PhantomCrops):
        floor = oracle_floor(crops, options, limit)
        make_folder(parsed.out / ORACLE)
        written += write_evaluation(parsed.out / ORACLE, floor)
        print(f"\n{table(floor)}")
        print(f"Oracle's GED in the mean over all draws of samples and raters: {mean_expected_floor(crops, options, limit):.4f}")
    print(f"Written to {', '.join(str(path) for path in written[:-1])} and {written[-1]}")


def table(evaluation: Evaluation) -> str:
    """Means over crops with their intervals, means over nodules, what they were made of, and what they leave out."""
    facts, nodules, intervals = evaluation.as_dict(), evaluation.nodule_means(), evaluation.intervals()
    lines = [
        f"{facts['checkpoint']} on {facts['crops']} crops of {facts['nodules']} nodules, split {facts['split']}, "
        f"{facts['samples']} samples, {facts['nfe']} evaluations each, guidance {facts['guidance']:g}, seed {facts['seed']}, "
        f"{facts['seconds']:.0f} s",
        f"{'':30} {'crops':>8}  {'95 % over patients':18} {'nodules':>9}",
    ]
    for key, value in evaluation.means().items():
        low, high = intervals[key]
        lines.append(f"{_title(key):30} {value:8.4f}  {f'{low:.4f} to {high:.4f}':18} {nodules[key]:9.4f}")
    lines += [f"{_title(key)} is not defined on {count} crops; its means leave them out." for key, count in evaluation.undefined().items()]
    return "\n".join(lines)


def _title(key: str) -> str:
    name, _, number = key.rpartition("_")
    return f"{TITLES[name]} ({number} samples)" if number.isdigit() else TITLES[key]
