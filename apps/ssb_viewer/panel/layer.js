// Masks of ours as labelmaps of OHIF: made, written, coloured, and read back, each slice found by its position and never by its number.

const LABELMAP = 'Labelmap';
const NEAR = 0.02; // voxels

/** The slice of the grid that lies at a position (LPS mm). affine: (4, 4) rows of a grid with right angles. */
function sliceAt(affine, position) {
  const along = [0, 1, 2].map(axis => affine.slice(0, 3).map(row => row[axis]));
  const from = position.map((v, n) => v - affine[n][3]);
  const [i, j, k] = along.map(step => step.reduce((sum, v, n) => sum + v * from[n], 0) / step.reduce((sum, v) => sum + v * v, 0));
  const near = Math.abs(i) < NEAR && Math.abs(j) < NEAR && Math.abs(k - Math.round(k)) < NEAR;
  return near ? Math.round(k) : null;
}

export class Layer {
  /** planes: [{k, voxels}], the labelmap's own memory for each slice of the grid that OHIF shows, which its brush writes into. */
  constructor(services, id, planes) {
    Object.assign(this, { services, id, planes });
  }

  /** A new, empty labelmap over a display set. segments: {1: {label}, ...}. */
  static async over(services, displaySet, grid, label, segments) {
    const { segmentationService } = services;
    const id = await segmentationService.createLabelmapForDisplaySet(displaySet, { label, segments });
    const { cache, metaData } = window.cornerstone;
    const { imageIds } = window.cornerstoneTools.segmentation.state.getSegmentation(id).representationData.Labelmap;
    const planes = imageIds.map(imageId => {
      const image = cache.getImage(imageId);
      const k = sliceAt(grid.affine_lps, [...metaData.get('imagePlaneModule', image.referencedImageId).imagePositionPatient]);
      return { k, voxels: image.voxelManager.getScalarData() };
    });
    if (planes.some(({ k, voxels }) => k === null || voxels.length !== grid.shape[0] * grid.shape[1])) {
      segmentationService.remove(id);
      throw new Error('The slices that the viewer shows are not those that the server has: open the study again.');
    }
    return new Layer(services, id, planes);
  }

  get exists() {
    return Boolean(this.services.segmentationService.getSegmentation(this.id));
  }

  /** Show it in a viewport. colors: {1: [r, g, b, a], ...}, 0 to 255; style: cornerstone's style of a labelmap. */
  async show(viewportId, colors, style) {
    const { segmentationService } = this.services;
    if (!segmentationService.getSegmentationRepresentations(viewportId, { segmentationId: this.id }).length) {
      await segmentationService.addSegmentationRepresentation(viewportId, { segmentationId: this.id, type: LABELMAP });
    }
    Object.entries(colors).forEach(([index, color]) => segmentationService.setSegmentColor(viewportId, this.id, Number(index), color));
    segmentationService.setStyle({ viewportId, segmentationId: this.id, type: LABELMAP }, style);
  }

  hide(viewportId) {
    this.services.segmentationService.removeRepresentationsFromViewport(viewportId, { segmentationId: this.id, type: LABELMAP });
  }

  /** Replace all voxels: 0 outside of a box of the grid, whose rows have `columns` voxels, and value(n) for the n-th voxel in it. */
  write({ start, size }, columns, value) {
    for (const { k, voxels } of this.planes) {
      voxels.fill(0);
      const inside = k - start[2];
      if (inside < 0 || inside >= size[2]) {
        continue;
      }
      for (let j = 0; j < size[1]; j++) {
        for (let i = 0; i < size[0]; i++) {
          voxels[(start[1] + j) * columns + start[0] + i] = value(i + size[0] * (j + size[1] * inside));
        }
      }
    }
    window.cornerstoneTools.segmentation.triggerSegmentationEvents.triggerSegmentationDataModified(this.id);
  }

  remove() {
    if (this.exists) {
      this.services.segmentationService.remove(this.id);
    }
  }
}
