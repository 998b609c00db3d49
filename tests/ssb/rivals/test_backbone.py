import torch

from ssb.presets import NetworkPreset
from ssb.rivals.backbone import Backbone


def test_every_level_is_a_quarter_wider_and_features_are_of_full_resolution() -> None:
    backbone = Backbone(NetworkPreset(encoder=(8, 16, 20)))
    assert [block.conv1.weight.shape[0] for block in backbone.encoder.blocks] == [10, 20, 25]
    assert backbone.channels == 10
    assert backbone(torch.zeros(2, 1, 16, 24)).shape == (2, 10, 16, 24)
