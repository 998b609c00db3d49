// Where the voxels of the file lie in NiiVue's order (to the right, front, head) and on the screen.
import { SLICE_TYPE } from './niivue.js';

const FIXED = { [SLICE_TYPE.AXIAL]: 2, [SLICE_TYPE.CORONAL]: 1, [SLICE_TYPE.SAGITTAL]: 0 };

// `nv` is NiiVue, `canvas` what it draws on.
export class Places {
  get image() {
    return this.nv?.volumes[0];
  }

  // The planes on the screen: which, at which voxel of the file, and canvas pixels of voxels along the file's axes.
  tiles() {
    const { nv, image } = this;
    if (!image) return [];
    return nv.screenSlices.flatMap((slice, number) => {
      if (!(slice.axCorSag in FIXED)) return [];
      const [left, top, width, height] = slice.leftTopWidthHeight;
      const frac = (x, y) => nv.screenXY2TextureFrac(left + x * width, top + y * height, number, false);
      const [low, high] = [frac(0.25, 0.25), frac(0.75, 0.75)];
      const across = FIXED[slice.axCorSag];
      const [u, v] = [0, 1, 2].filter(axis => axis !== across);
      const line = (axis, from, extent) => {
        const scale = (0.5 * extent) / (high[axis] - low[axis]);
        const begin = from + 0.25 * extent - low[axis] * scale;
        const { axis: own, flipped, count } = this.along(axis);
        return { axis: own, at: index => begin + scale * (flipped ? 1 - (index + 0.5) / count : (index + 0.5) / count) };
      };
      const fixed = this.along(across).axis;
      return [{ rect: [left, top, width, height], axis: fixed, index: this.crosshair()[fixed], x: line(u, left, width), y: line(v, top, height) }];
    });
  }

  // Which axis of the file runs along an axis of NiiVue (to the right, front, head), and whether it runs backwards.
  along(ras) {
    const signed = this.image.permRAS[ras];
    return { axis: Math.abs(signed) - 1, flipped: signed < 0, count: this.image.dimsRAS[ras + 1] };
  }

  // The axis of the file along which the axial slices are stacked, and its number of slices.
  axial() {
    return this.along(2);
  }

  voxelOf(frac) {
    const found = [0, 0, 0];
    [0, 1, 2].forEach(ras => {
      const { axis, flipped, count } = this.along(ras);
      const at = Math.min(count - 1, Math.max(0, Math.floor(frac[ras] * count)));
      found[axis] = flipped ? count - 1 - at : at;
    });
    return found;
  }

  // A voxel of the file in NiiVue's order: to the right, front, head.
  rasOf(voxel) {
    return [0, 1, 2].map(ras => {
      const { axis, flipped, count } = this.along(ras);
      return flipped ? count - 1 - voxel[axis] : voxel[axis];
    });
  }

  fracOf(voxel) {
    return this.rasOf(voxel).map((index, ras) => (index + 0.5) / this.along(ras).count);
  }

  voxelAt(event) {
    if (!this.image) return null;
    const box = this.canvas.getBoundingClientRect();
    const dpr = this.nv.uiData.dpr;
    const frac = this.nv.canvasPos2frac([(event.clientX - box.left) * dpr, (event.clientY - box.top) * dpr]);
    return frac[0] < 0 ? null : this.voxelOf(frac);
  }

  crosshair() {
    return this.voxelOf(this.nv.scene.crosshairPos);
  }

  valueAt(voxel) {
    const { img, hdr } = this.image;
    const [, width, height] = hdr.dims;
    return img[voxel[0] + width * (voxel[1] + height * voxel[2])] * (hdr.scl_slope || 1) + (hdr.scl_inter || 0);
  }
}
