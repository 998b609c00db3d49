import numpy as np
import pytest

from ssb.datasets.phantom_vessels import LEAF_RADIUS, Tree, airways, draw_tree, grow_tree


def grown() -> tuple[np.ndarray, np.ndarray, Tree]:
    rng = np.random.default_rng(0)
    root, targets = np.zeros(3), rng.uniform(5, 40, (60, 3))
    return root, targets, grow_tree(rng, root, targets)


def test_a_tree_reaches_every_target_in_one_piece():
    root, targets, tree = grown()
    ends = {tuple(end) for end in tree.end}
    assert all(tuple(target) in ends for target in targets)
    assert all(tuple(start) in ends | {tuple(root)} for start in tree.start)


def test_radii_follow_murrays_law():
    root, targets, tree = grown()
    for end, radius in zip(tree.end, tree.radius, strict=True):
        children = tree.radius[(tree.start == end).all(axis=1)]
        assert radius**3 == pytest.approx((children**3).sum() if len(children) else LEAF_RADIUS**3)
    assert (tree.radius[(tree.start == root).all(axis=1)] ** 3).sum() <= len(targets) * LEAF_RADIUS**3 + 1e-9


def test_airways_run_beside_the_thick_vessels_only():
    _, _, tree = grown()
    found = airways(tree, smallest=1.0)
    assert 0 < len(found.radius) == (tree.radius > 1.0).sum()
    gap = np.linalg.norm(found.start - tree.start[tree.radius > 1.0], axis=1)
    assert np.all(gap > 2 * found.radius)


def test_a_tube_fills_its_own_voxels_only():
    axis = np.arange(-10.0, 11.0, dtype=np.float32)
    hu = np.full((21, 21, 21), -900, dtype=np.float32)
    tube = Tree(np.array([[0.0, 0.0, -5.0]]), np.array([[0.0, 0.0, 5.0]]), np.array([2.0]))
    draw_tree(hu, (axis, axis, axis), tube, lambda radius: (radius, 50.0))
    assert hu[10, 10, 10] == 50 and hu[11, 10, 10] == 50
    assert hu[12, 10, 10] == pytest.approx(-425)  # the border runs through the middle of this voxel
    assert hu[13, 10, 10] == -900 and hu[10, 10, 18] == -900
    outside = hu.copy()
    draw_tree(outside, (axis, axis, axis), Tree(tube.start + 100, tube.end + 100, tube.radius), lambda radius: (radius, 50.0))
    assert np.array_equal(outside, hu)
