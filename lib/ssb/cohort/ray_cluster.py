"""The cases of a cohort on the machines of a Ray cluster, which all see the same files under the same paths."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import ssb
from ssb.cohort.sheet import Case
from ssb.cohort.work import Outcome, Settings, sample_case
from ssb.errors import InputError

RETRIES = 3
"""How often Ray begins a case again whose worker or machine died (our choice)."""


def on_ray(cases: Sequence[Case], settings: Settings, address: str) -> Iterator[Outcome]:
    """The outcomes, each as soon as it is there. address: of the cluster, such as "auto" or "ray://host:10001".

    A case takes one CPU, and one GPU where the device is one. Ray starts the cases of a machine that died on another one. Raises InputError
    where Ray is not installed or the cluster cannot be reached.
    """
    try:
        import ray
        from ray.exceptions import RayError
    except ImportError:
        raise InputError("The option --ray needs Ray, which is not installed: pip install 'ray>=2.40,<3'.") from None
    try:
        ray.init(address=address, runtime_env={"py_modules": [str(Path(ssb.__file__).parent)]}, log_to_driver=False)
    except (ConnectionError, RuntimeError, ValueError) as error:
        raise InputError(f"The Ray cluster '{address}' cannot be reached: {str(error).splitlines()[0]}") from error
    try:
        work = ray.remote(num_cpus=1, num_gpus=int(settings.device.startswith("cuda")), max_retries=RETRIES)(sample_case)
        begun = {work.remote(case, settings, 1): case for case in cases}
        while begun:
            done, _ = ray.wait(list(begun), num_returns=1)
            for reference in done:
                case = begun.pop(reference)
                try:
                    outcome = ray.get(reference)
                except RayError as error:
                    outcome = Outcome(case.id, f"Its worker died {RETRIES + 1} times: {str(error).splitlines()[0]}")
                yield outcome
    finally:
        ray.shutdown()
