import numpy as np

from ssb.checkpoint import Model
from ssb.sampling import BridgeSampler
from ssb.slices import Asked, View, window_masks


def disc(row: int, column: int, radius: float) -> np.ndarray:
    rows, columns = np.indices((64, 64))
    return np.hypot(rows - row, columns - column) < radius


def test_a_mask_at_the_edge_of_the_region_is_sampled_in_the_whole_window(model: Model) -> None:
    window = np.full((64, 64), -1.0, dtype=np.float32)
    window[disc(32, 45, 8)] = 0.7
    sampler = BridgeSampler(model.preset, 3)
    masks = window_masks(model, [Asked(View(window), sampler.draws(0, 64, 8))], sampler)[0]
    assert masks[:, :, 32 + model.preset.region // 2 :].any()


def test_a_belief_moves_only_what_it_touches(model: Model) -> None:
    window = np.where(disc(32, 32, 7), 0.7, -0.9).astype(np.float32)
    sampler = BridgeSampler(model.preset, 3)
    draws = sampler.draws(0, 64, 8)
    for_it, against = np.zeros((8, 64, 64), dtype=np.float32), np.zeros((8, 64, 64), dtype=np.float32)
    for_it[:, 30:35, 30:35], against[:, 30:35, 30:35] = 50, -50
    asked = [Asked(View(window), draws, belief) for belief in (for_it, against, np.zeros((8, 64, 64), dtype=np.float32), None)]
    drawn, left_out, nothing, unasked = window_masks(model, asked, sampler)
    assert drawn[:, 30:35, 30:35].all()
    assert not left_out[:, 30:35, 30:35].any()
    assert np.array_equal(nothing, unasked)


def test_windows_of_one_batch_get_the_masks_that_each_gets_alone_and_each_is_encoded_once(model: Model) -> None:
    sampler = BridgeSampler(model.preset, 3)
    windows = [np.where(disc(32, column, 7), 0.7, -0.9).astype(np.float32) for column in (28, 32, 45)]
    draws = sampler.draws(0, 64, 4)
    alone = [window_masks(model, [Asked(View(window), draws)], sampler)[0] for window in windows]
    views = [View(window) for window in windows]
    images = []
    handle = model.network.encoder.register_forward_hook(lambda module, given, made: images.extend(given[0]))
    try:
        for _ in range(2):
            together = window_masks(model, [Asked(view, draws) for view in views], sampler)
            assert [np.mean(a != b) < 1e-3 for a, b in zip(alone, together, strict=True)] == [True] * 3
        widths = sorted(image.shape[-1] for image in images)
    finally:
        handle.remove()
    assert widths == [model.preset.region] * 3 + [64] * (len(widths) - 3)
    assert 3 < len(widths) <= 6
    assert not np.array_equal(together[0], together[1])
