// The image in three planes, drawn by NiiVue, and where its voxels lie on the screen.
import { Failure } from './api.js';
import { DRAG_MODE, NVImage, Niivue, SLICE_TYPE } from './niivue.js';

export const WINDOWS = {
  lung: { name: 'Lung', key: 'L', range: [-1350, 150] },
  soft: { name: 'Soft tissue', key: 'T', range: [-160, 240] },
  bone: { name: 'Bone', key: 'B', range: [-500, 1300] },
};

const PLANES = [SLICE_TYPE.AXIAL, SLICE_TYPE.CORONAL, SLICE_TYPE.SAGITTAL];
const FIXED = { [SLICE_TYPE.AXIAL]: 2, [SLICE_TYPE.CORONAL]: 1, [SLICE_TYPE.SAGITTAL]: 0 };
const WHOLE = 0.92; // of a plane that a block which lies whole in it may fill
const STILL = 4; // CSS pixels that a click may move

export class Viewer {
  constructor() {
    this.onClick = () => {};
    this.onDraw = () => {};
    this.onPainted = () => {};
    this.layout = 'planes';
  }

  async open(canvas) {
    if (!document.createElement('canvas').getContext('webgl2')) {
      throw new Failure('This browser has no WebGL 2, with which the image is drawn: use a current Firefox, Chrome, Edge or Safari.');
    }
    this.canvas = canvas;
    this.nv = new Niivue({
      isRadiologicalConvention: true,
      isForceMouseClickToVoxelCenters: true,
      isNearestInterpolation: false,
      showAllOrientationMarkers: true,
      sagittalNoseLeft: true,
      crosshairWidth: 0,
      fontColor: [0.8, 0.86, 1, 1],
      dragAndDropEnabled: false,
      viewModeHotKey: '',
      clipPlaneHotKey: '',
      cycleClipPlaneHotKey: '',
      loadingText: '',
      logLevel: 'error',
    });
    await this.nv.attachToCanvas(canvas, false);
    this.nv.setMouseEventConfig({
      leftButton: { primary: DRAG_MODE.crosshair, withShift: DRAG_MODE.crosshair, withCtrl: DRAG_MODE.pan },
      rightButton: DRAG_MODE.windowing,
      centerButton: DRAG_MODE.pan,
    });
    const draw = this.nv.drawScene.bind(this.nv);
    this.nv.drawScene = () => {
      const told = draw();
      this.onDraw();
      return told;
    };
    this.#fillTiles();
    this.nv.onDrawingChanged = action => this.onPainted(action);
    this.#listen();
  }

  // NiiVue fits each plane into its tile with black beside it; here what is beside the image is shown, so that a zoom fills the tile.
  #fillTiles() {
    const { nv } = this;
    let aspect = 1;
    nv.calculateWidthHeight = (plane, scale, width, height) => {
      aspect = width / height;
      return [width, height];
    };
    const shown = nv.screenFieldOfViewExtendedVox.bind(nv);
    nv.screenFieldOfViewExtendedVox = plane => {
      const field = shown(plane);
      const wider = aspect / (field.fovMM[0] / field.fovMM[1]);
      const side = wider > 1 ? 0 : 1;
      const middle = (field.mnMM[side] + field.mxMM[side]) / 2;
      field.fovMM[side] *= wider > 1 ? wider : 1 / wider;
      field.mnMM[side] = middle - field.fovMM[side] / 2;
      field.mxMM[side] = middle + field.fovMM[side] / 2;
      return field;
    };
  }

  // NiiVue's own keys and its double click, which resets the window, would surprise; Ctrl and the wheel zoom.
  #listen() {
    const { canvas } = this;
    for (const kind of ['keydown', 'keyup', 'dblclick']) canvas.addEventListener(kind, event => event.stopImmediatePropagation(), true);
    let down = null;
    canvas.addEventListener('pointerdown', event => (down = event), true);
    canvas.addEventListener('click', event => {
      const moved = down && Math.hypot(event.clientX - down.clientX, event.clientY - down.clientY);
      const voxel = this.voxelAt(event);
      if (moved <= STILL && voxel) this.onClick(voxel, event);
    });
    canvas.addEventListener('wheel', event => {
      if (!event.ctrlKey) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      this.zoomBy(event.deltaY < 0 ? 1.15 : 1 / 1.15);
    }, { capture: true, passive: false });
  }

  // Show a NIfTI file in place of the image before.
  async show(buffer, window) {
    const [low, high] = WINDOWS[window].range;
    const image = await NVImage.loadFromUrl({ url: buffer, name: 'image.nii', colormap: 'gray', cal_min: low, cal_max: high });
    while (this.nv.volumes.length) this.nv.removeVolume(this.nv.volumes[0]);
    this.nv.addVolume(image);
    this.nv.scene.crosshairPos = [0.5, 0.5, 0.5];
    this.whole();
    this.arrange();
  }

  get image() {
    return this.nv?.volumes[0];
  }

  setWindow(name) {
    [this.image.cal_min, this.image.cal_max] = WINDOWS[name].range;
    this.nv.updateGLVolume();
  }

  // Place the planes on the canvas; the place of the 3-D view in parts of the canvas, or null where there is none.
  arrange() {
    const wide = this.canvas.clientWidth > this.canvas.clientHeight;
    const [axial, coronal, sagittal] = PLANES;
    const places = wide
      ? [[0, 0, 0.64, 1], [0.645, 0, 0.355, 0.33], [0.645, 0.335, 0.355, 0.33], [0.645, 0.67, 0.355, 0.33]]
      : [[0, 0, 1, 0.64], [0, 0.645, 0.33, 0.355], [0.335, 0.645, 0.33, 0.355], [0.67, 0.645, 0.33, 0.355]];
    const all = [axial, coronal, sagittal].map((sliceType, at) => ({ sliceType, position: places[at] }));
    this.nv.setCustomLayout(this.layout === 'planes' ? all : [{ sliceType: axial, position: [0, 0, 1, 1] }]);
    return this.layout === 'planes' ? places[3] : null;
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
        const { axis: own, flipped, count } = this.#axis(axis);
        return { axis: own, at: index => begin + scale * (flipped ? 1 - (index + 0.5) / count : (index + 0.5) / count) };
      };
      const fixed = this.#axis(across).axis;
      return [{ rect: [left, top, width, height], axis: fixed, index: this.crosshair()[fixed], x: line(u, left, width), y: line(v, top, height) }];
    });
  }

  // Which axis of the file runs along an axis of NiiVue (to the right, front, head), and whether it runs backwards.
  #axis(ras) {
    const signed = this.image.permRAS[ras];
    return { axis: Math.abs(signed) - 1, flipped: signed < 0, count: this.image.dimsRAS[ras + 1] };
  }

  // The axis of the file along which the axial slices are stacked, and its number of slices.
  axial() {
    return this.#axis(2);
  }

  voxelOf(frac) {
    const found = [0, 0, 0];
    [0, 1, 2].forEach(ras => {
      const { axis, flipped, count } = this.#axis(ras);
      const at = Math.min(count - 1, Math.max(0, Math.floor(frac[ras] * count)));
      found[axis] = flipped ? count - 1 - at : at;
    });
    return found;
  }

  // A voxel of the file in NiiVue's order: to the right, front, head.
  rasOf(voxel) {
    return [0, 1, 2].map(ras => {
      const { axis, flipped, count } = this.#axis(ras);
      return flipped ? count - 1 - voxel[axis] : voxel[axis];
    });
  }

  fracOf(voxel) {
    return this.rasOf(voxel).map((index, ras) => (index + 0.5) / this.#axis(ras).count);
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

  goTo(voxel) {
    this.nv.scene.crosshairPos = this.fracOf(voxel);
    this.nv.drawScene();
  }

  // Move the crosshair along the axes to the patient's right, front and head.
  step(right, front, head) {
    this.nv.moveCrosshairInVox(right, front, head);
  }

  zoomTo(voxel, zoom) {
    const [middle, point] = [[0.5, 0.5, 0.5], this.fracOf(voxel)].map(frac => this.nv.frac2mm(frac));
    this.nv.setPan2Dxyzmm([0, 1, 2].map(axis => middle[axis] - zoom * point[axis]).concat(zoom));
  }

  zoomBy(factor) {
    const zoom = Math.min(20, Math.max(1, this.nv.scene.pan2Dxyzmm[3] * factor));
    if (zoom === 1) this.whole();
    else this.zoomTo(this.crosshair(), zoom);
  }

  whole() {
    this.nv.setPan2Dxyzmm([0, 0, 0, 1]);
  }

  // Zoom so that a block of so many voxels along the file's axes fills this share of the axial plane, and lies whole in the other two.
  zoomToFit(voxel, voxels, share) {
    const rooms = this.tiles().map(({ rect, x, y }, number) => {
      const room = (line, pixels) => pixels / Math.abs(line.at(1) - line.at(0)) / voxels[line.axis];
      return (number ? WHOLE : share) * Math.min(room(x, rect[2]), room(y, rect[3]));
    });
    this.zoomTo(voxel, Math.max(1, this.nv.scene.pan2Dxyzmm[3] * Math.min(...rooms)));
  }

  valueAt(voxel) {
    const { img, hdr } = this.image;
    const [, width, height] = hdr.dims;
    return img[voxel[0] + width * (voxel[1] + height * voxel[2])] * (hdr.scl_slope || 1) + (hdr.scl_inter || 0);
  }
}
