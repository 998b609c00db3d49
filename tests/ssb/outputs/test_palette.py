import itertools

from ssb.interpretations import Interpretation
from ssb.outputs.palette import CONSENSUS, NO_LESION, interpretation_colors, sample_color


def test_all_colours_differ():
    """16 samples, the consensus and five interpretations are at least a visible step apart."""
    found = [Interpretation(f"interpretation {n}", (n,), n, 0.2, 1.0) for n in range(4)] + [Interpretation("no lesion", (4,), 4, 0.2, 0.0)]
    colors = [CONSENSUS, *interpretation_colors(found), *(sample_color(n) for n in range(16))]
    for one, other in itertools.combinations(colors, 2):
        assert max(abs(a - b) for a, b in zip(one, other, strict=True)) > 0.05


def test_no_lesion_is_grey_and_takes_no_colour_from_the_others():
    empty, filled = Interpretation("no lesion", (0,), 0, 0.5, 0.0), Interpretation("interpretation 2", (1,), 1, 0.5, 1.0)
    assert interpretation_colors([empty, filled]) == [NO_LESION, *interpretation_colors([filled])]
