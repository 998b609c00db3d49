// What lies over the image: heat map, outlines and points, drawn anew after each of NiiVue's pictures. It touches no texture of the
// image, so that going through the samples stays quick on any computer.
import { contours } from './contours.js';
import { heatPicture } from './heat.js';

const GAP = 0.3; // of a tile's narrower side

const css = (color, alpha = 1) => `rgb(${color.join(' ')} / ${alpha})`;

export class Overlay {
  constructor(canvas, viewer) {
    this.canvas = canvas;
    this.viewer = viewer;
    this.shapes = null;
    this.points = [];
    this.shown = { consensus: true, all: false, heat: true, opacity: 0.5, selected: null, editing: false };
    this.kept = new Map();
  }

  setShapes(shapes) {
    this.shapes = shapes;
    this.kept.clear();
  }

  draw() {
    if (!this.viewer.image) return;
    const { width, height } = this.viewer.canvas;
    if (this.canvas.width !== width || this.canvas.height !== height) Object.assign(this.canvas, { width, height });
    const context = this.canvas.getContext('2d');
    context.clearRect(0, 0, width, height);
    const scale = this.viewer.nv.uiData.dpr;
    for (const tile of this.viewer.tiles()) {
      context.save();
      context.beginPath();
      context.rect(...tile.rect);
      context.clip();
      if (this.shapes) this.#drawShapes(context, tile, scale);
      this.#drawCrosshair(context, tile, scale);
      this.#drawPoints(context, tile, scale);
      context.restore();
    }
  }

  #drawShapes(context, tile, scale) {
    const { shapes, shown } = this;
    if (shown.heat && !shown.editing) this.#drawHeat(context, tile);
    const line = (choice, width, alpha = 1) => this.#stroke(context, tile, choice, width * scale, alpha);
    if (shown.all && !shown.editing) for (let number = 0; number < shapes.count; number += 1) line({ kind: 'sample', number }, 1.25, 0.9);
    if (shown.consensus) line({ kind: 'consensus', number: 0 }, 2.25);
    if (shown.selected && shown.selected.kind !== 'consensus' && !shown.editing) line(shown.selected, 3);
  }

  #drawHeat(context, tile) {
    const { start, size } = this.shapes;
    const picture = this.#keep(`heat ${tile.axis} ${tile.index}`, () => {
      const slice = this.shapes.slice(this.shapes.disagreement, tile.axis, tile.index);
      return slice && heatPicture(slice);
    });
    if (!picture) return;
    // The file's lower axis runs along the picture's width, whichever way the tile shows it.
    const turned = tile.x.axis > tile.y.axis;
    const [u, v] = turned ? [tile.y, tile.x] : [tile.x, tile.y];
    const edges = line => [line.at(start[line.axis] - 0.5), line.at(start[line.axis] + size[line.axis] - 0.5)];
    const [[u0, u1], [v0, v1]] = [edges(u), edges(v)];
    const [du, dv] = [(u1 - u0) / picture.width, (v1 - v0) / picture.height];
    context.save();
    context.globalAlpha = this.shown.opacity;
    context.imageSmoothingEnabled = false;
    context.transform(...(turned ? [0, du, dv, 0, v0, u0] : [du, 0, 0, dv, u0, v0]));
    context.drawImage(picture, 0, 0);
    context.restore();
  }

  #stroke(context, tile, choice, width, alpha) {
    const { start } = this.shapes;
    const lines = this.#keep(`${choice.kind} ${choice.number} ${tile.axis} ${tile.index}`, () => {
      const slice = this.shapes.slice(this.shapes.mask(choice), tile.axis, tile.index);
      return slice ? contours(slice) : [];
    });
    if (!lines.length) return;
    const turned = tile.x.axis > tile.y.axis;
    const path = new Path2D();
    for (const line of lines) {
      line.forEach(([low, high], at) => {
        const [across, down] = turned ? [high, low] : [low, high];
        path[at ? 'lineTo' : 'moveTo'](tile.x.at(start[tile.x.axis] + across), tile.y.at(start[tile.y.axis] + down));
      });
      path.closePath();
    }
    context.lineJoin = 'round';
    if (width > 2) {
      context.strokeStyle = 'rgb(0 0 0 / 0.65)';
      context.lineWidth = width + 2;
      context.stroke(path);
    }
    context.strokeStyle = css(this.shapes.color(choice), alpha);
    context.lineWidth = width;
    context.stroke(path);
  }

  // Thin, and open around the voxel, so that it hides nothing of a lesion.
  #drawCrosshair(context, tile, scale) {
    const here = this.viewer.crosshair();
    const [x, y] = [tile.x.at(here[tile.x.axis]), tile.y.at(here[tile.y.axis])];
    const [left, top, width, height] = tile.rect;
    const gap = GAP * Math.min(width, height);
    context.strokeStyle = 'rgb(120 215 255 / 0.75)';
    context.lineWidth = scale;
    context.beginPath();
    for (const [fromX, fromY, toX, toY] of [[left, y, x - gap, y], [x + gap, y, left + width, y], [x, top, x, y - gap], [x, y + gap, x, top + height]]) {
      context.moveTo(fromX, fromY);
      context.lineTo(toX, toY);
    }
    context.stroke();
  }

  #drawPoints(context, tile, scale) {
    for (const { voxel, kind } of this.points) {
      if (voxel[tile.axis] !== tile.index) continue;
      const [x, y, r] = [tile.x.at(voxel[tile.x.axis]), tile.y.at(voxel[tile.y.axis]), 6 * scale];
      context.lineWidth = 2.5 * scale;
      context.strokeStyle = kind === 'outside' ? '#ff6b81' : '#7dff9a';
      context.beginPath();
      context.moveTo(x - r, y);
      context.lineTo(x + r, y);
      if (kind !== 'outside') {
        context.moveTo(x, y - r);
        context.lineTo(x, y + r);
      }
      context.stroke();
    }
  }

  #keep(key, make) {
    if (!this.kept.has(key)) this.kept.set(key, make());
    return this.kept.get(key);
  }
}
