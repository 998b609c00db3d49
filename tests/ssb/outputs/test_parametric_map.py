"""The disagreement as a DICOM Parametric Map, read back by position with pydicom."""

from __future__ import annotations

import numpy as np
import pydicom
import pytest

from ssb.outputs.parametric_map import parametric_map
from ssb.volumes.dicom_source import SourceSeries
from tests.dciodvfy import errors, needs_dciodvfy
from tests.dicom_made import SHAPE, as_multi_frame, map_of, write_series

RADII = (6.0, 6.0, 4.0, 0.0)


@pytest.mark.parametrize("reverse", [False, True], ids=["rising", "falling"])
def test_every_value_comes_back_by_position(make_set, affine, tmp_path, reverse):
    sample_set = make_set(RADII, affine)
    made = parametric_map(sample_set, SourceSeries.read(write_series(tmp_path / "ct", affine, reverse)))
    made.save_as(tmp_path / "map.dcm", write_like_original=False)
    found = map_of(pydicom.dcmread(tmp_path / "map.dcm"), affine, SHAPE)
    np.testing.assert_array_equal(found, sample_set.on_grid(sample_set.disagreement))
    assert found.max() == 1


def test_what_the_numbers_mean(make_set, affine, tmp_path):
    made = parametric_map(make_set(RADII, affine), SourceSeries.read(write_series(tmp_path / "ct", affine)))
    (mapping,) = made.SharedFunctionalGroupsSequence[0].RealWorldValueMappingSequence
    (unit,) = mapping.MeasurementUnitsCodeSequence
    (quantity,) = mapping.QuantityDefinitionSequence[0].ConceptCodeSequence
    assert (unit.CodeValue, unit.CodingSchemeDesignator) == ("bit", "UCUM")
    assert quantity.CodingSchemeDesignator == made.CodingSchemeIdentificationSequence[0].CodingSchemeDesignator == "99SSBLABEL"
    assert (mapping.RealWorldValueSlope, mapping.RealWorldValueIntercept) == (1, 0)
    assert (made.Modality, made.ContentQualification) == ("OT", "RESEARCH")
    assert made.SeriesDescription == "Lesion: disagreement of 4 samples, bits (SSB Label)"
    assert "lung_nodule_ct-1" in made.PerFrameFunctionalGroupsSequence[0].DerivationImageSequence[0].DerivationDescription


def test_every_frame_has_its_index_and_names_the_slice_it_lies_on(make_set, affine, tmp_path):
    folder = write_series(tmp_path / "ct", affine)
    places = {(h := pydicom.dcmread(file)).SOPInstanceUID: h.ImagePositionPatient for file in folder.iterdir()}
    made = parametric_map(make_set(RADII, affine), SourceSeries.read(folder))
    numbers = [frame.FrameContentSequence[0].DimensionIndexValues for frame in made.PerFrameFunctionalGroupsSequence]
    assert numbers == [1 + n for n in range(len(numbers))] and len(numbers) > 2
    for frame in made.PerFrameFunctionalGroupsSequence:
        (image,) = frame.DerivationImageSequence[0].SourceImageSequence
        np.testing.assert_allclose(frame.PlanePositionSequence[0].ImagePositionPatient, places[image.ReferencedSOPInstanceUID], atol=1e-6)


def test_a_multi_frame_source(make_set, oblique_affine, tmp_path):
    sample_set = make_set(RADII, oblique_affine)
    made = parametric_map(sample_set, SourceSeries.read(as_multi_frame(write_series(tmp_path / "ct", oblique_affine))))
    np.testing.assert_array_equal(map_of(made, oblique_affine, SHAPE), sample_set.on_grid(sample_set.disagreement))
    assert len(made.SourceImageSequence) == 1


@needs_dciodvfy
@pytest.mark.parametrize("radii", [RADII, (0.0, 0.0)], ids=["several", "nothing marked"])
def test_dciodvfy_finds_no_error(make_set, oblique_affine, tmp_path, radii):
    made = parametric_map(make_set(radii, oblique_affine), SourceSeries.read(write_series(tmp_path / "ct", oblique_affine)))
    made.save_as(tmp_path / "map.dcm", write_like_original=False)
    assert errors(tmp_path / "map.dcm") == []
