// The image in three planes, drawn by NiiVue, with the mouse, the window and the zoom.
import { Failure } from './api.js';
import { DRAG_MODE, NVImage, Niivue, SLICE_TYPE } from './niivue.js';
import { Places } from './places.js';
import { QUIET } from './quiet.js';

export const WINDOWS = {
  lung: { name: 'Lung', key: 'L', range: [-1350, 150] },
  soft: { name: 'Soft tissue', key: 'T', range: [-160, 240] },
  bone: { name: 'Bone', key: 'B', range: [-500, 1300] },
};

const PLANES = [SLICE_TYPE.AXIAL, SLICE_TYPE.CORONAL, SLICE_TYPE.SAGITTAL];
const WHOLE = 0.92; // of a plane that a block which lies whole in it may fill
const STILL = 4; // CSS pixels that a click may move

export class Viewer extends Places {
  constructor() {
    super();
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
      ...QUIET,
      isRadiologicalConvention: true,
      isForceMouseClickToVoxelCenters: true,
      isNearestInterpolation: false,
      showAllOrientationMarkers: true,
      sagittalNoseLeft: true,
      fontColor: [0.8, 0.86, 1, 1],
    });
    await this.nv.attachToCanvas(canvas, false);
    this.nv.setMouseEventConfig({
      leftButton: { primary: DRAG_MODE.crosshair, withShift: DRAG_MODE.crosshair, withCtrl: DRAG_MODE.pan },
      rightButton: DRAG_MODE.windowing,
      centerButton: DRAG_MODE.pan,
    });
    const draw = this.nv.drawScene.bind(this.nv);
    this.nv.drawScene = () => {
      if (this.held) return undefined;
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

  // Do several things that each draw, and draw once.
  together(run) {
    this.held = true;
    try {
      run();
    } finally {
      this.held = false;
      this.nv.drawScene();
    }
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
}
