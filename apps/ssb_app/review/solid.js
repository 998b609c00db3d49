// The lesion in 3-D: what all samples share is solid, what only some include is a haze in the colours of the disagreement.
import { NVImage, Niivue } from './niivue.js';
import { heat } from './heat.js';
import { QUIET } from './quiet.js';

const FLOAT32 = 16;
const MARGIN = 2;

export class Solid {
  constructor(canvas) {
    this.ready = this.#open(canvas);
  }

  async #open(canvas) {
    this.nv = new Niivue({
      ...QUIET,
      sliceType: 4,
      backColor: [0.02, 0.03, 0.06, 1],
      show3Dcrosshair: false,
    });
    await this.nv.attachToCanvas(canvas, false);
    this.nv.addColormap('agreement', colormap());
    this.nv.setRenderAzimuthElevation(120, 20);
    await this.nv.setVolumeRenderIllumination(0.35); // while there is no volume yet, so that each is prepared and drawn once
  }

  async show(shapes) {
    await this.ready;
    if (shapes === this.shapes) return;
    this.shapes = shapes;
    const size = shapes.size.map(count => count + 2 * MARGIN);
    const values = new Float32Array(size[0] * size[1] * size[2]);
    let from = 0;
    for (let i = 0; i < shapes.size[0]; i += 1) {
      for (let j = 0; j < shapes.size[1]; j += 1) {
        for (let k = 0; k < shapes.size[2]; k += 1, from += 1) {
          values[i + MARGIN + size[0] * (j + MARGIN + size[1] * (k + MARGIN))] = shapes.votes[from] / shapes.count;
        }
      }
    }
    const { affine_lps: lps, spacing_mm: spacing } = shapes.summary.grid;
    const corner = shapes.start.map(index => index - MARGIN);
    const ras = [-1, -1, 1].map((sign, row) => {
      const origin = lps[row][3] + corner.reduce((sum, index, axis) => sum + lps[row][axis] * index, 0);
      return [...lps[row].slice(0, 3), origin].map(value => sign * value);
    });
    const file = NVImage.createNiftiArray(size, spacing, [...ras.flat(), 0, 0, 0, 1], FLOAT32, new Uint8Array(values.buffer));
    const image = await NVImage.loadFromUrl({ url: file.buffer, name: 'agreement.nii', colormap: 'agreement', cal_min: 0, cal_max: 1 });
    while (this.nv.volumes.length) this.nv.removeVolume(this.nv.volumes[0]);
    this.nv.addVolume(image);
  }
}

// From nothing over the haze to the core, by the share of samples that cover a voxel.
function colormap() {
  const shares = [0, 0.06, 0.25, 0.5, 0.75, 0.95, 1];
  const alphas = [0, 10, 26, 44, 60, 200, 255];
  const colors = shares.map(share => (share >= 0.95 ? [255, 242, 120] : heat(1 - Math.abs(2 * share - 1))));
  const channel = at => colors.map(color => color[at]);
  return { R: channel(0), G: channel(1), B: channel(2), A: alphas, I: shares.map(share => Math.round(255 * share)) };
}
