// A reader's own mask, drawn with NiiVue's pen on the image's voxels.
const COLOR = { R: [0, 64], G: [0, 224], B: [0, 255], labels: ['', 'yours'] };

export class Editor {
  constructor(viewer) {
    this.viewer = viewer;
    this.open = false;
    this.changed = false;
    viewer.onPainted = action => {
      if (this.open && (action === 'draw' || action === 'undo')) this.changed = true;
    };
  }

  // Start from a mask of the sample set's block; without one from nothing.
  start(shapes, mask) {
    const { nv } = this.viewer;
    nv.setDrawColormap(COLOR);
    nv.drawOpacity = 0.45;
    nv.createEmptyDrawing();
    if (mask) this.#put(shapes, mask);
    nv.drawClearAllUndoBitmaps();
    nv.drawAddUndoBitmap();
    nv.setDrawingEnabled(true);
    nv.refreshDrawing(true);
    this.open = true;
    this.changed = false;
    this.pen('draw');
  }

  #put(shapes, mask) {
    const { nv } = this.viewer;
    const [, width, height] = this.viewer.image.dimsRAS;
    const [, rows, slices] = shapes.size;
    mask.forEach((on, at) => {
      if (!on) return;
      const block = [Math.floor(at / (rows * slices)), Math.floor(at / slices) % rows, at % slices];
      const [x, y, z] = this.viewer.rasOf(block.map((index, axis) => index + shapes.start[axis]));
      nv.drawBitmap[x + width * (y + height * z)] = 1;
    });
  }

  // kind: "draw", "fill" (a closed line is filled) or "erase".
  pen(kind) {
    this.viewer.nv.setPenValue(kind === 'erase' ? 0 : 1, kind === 'fill');
  }

  size(pixels) {
    this.viewer.nv.opts.penSize = pixels;
  }

  undo() {
    if (this.open) this.viewer.nv.drawUndo();
  }

  // The mask as an uncompressed NIfTI file in the order of the image's own voxels.
  file() {
    return this.viewer.nv.saveImage({ filename: '', isSaveDrawing: true });
  }

  close() {
    if (!this.open) return;
    this.open = this.changed = false;
    this.viewer.nv.setDrawingEnabled(false);
    this.viewer.nv.closeDrawing();
  }
}
