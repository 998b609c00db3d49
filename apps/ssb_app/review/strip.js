// Where in the stack the samples disagree: a bar for every axial slice, feet on the left; a click or the arrow keys go there.
import { at } from './dom.js';
import { heat } from './heat.js';

const SPARE = 2;

export class Strip {
  constructor(canvas, viewer) {
    Object.assign(this, { canvas, viewer, slices: [] });
    canvas.addEventListener('click', event => this.#goTo(Math.floor((event.offsetX / canvas.clientWidth) * this.slices.length)));
    canvas.addEventListener('keydown', event => {
      const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
      if (!step) return;
      event.preventDefault();
      event.stopPropagation();
      this.#goTo(this.slices.findIndex(({ index }) => index === this.#index()) + step);
    });
  }

  setShapes(shapes) {
    const { axis, flipped, count } = this.viewer.axial();
    const known = new Map(shapes.bySlice(axis).map(slice => [slice.index, slice]));
    const first = Math.max(0, shapes.start[axis] - SPARE);
    const last = Math.min(count, shapes.start[axis] + shapes.size[axis] + SPARE);
    this.slices = Array.from({ length: last - first }, (_, step) => known.get(first + step) ?? { index: first + step, disagreement: 0, consensus: 0 });
    if (flipped) this.slices.reverse();
    const most = this.slices.reduce((best, slice) => (slice.disagreement > best.disagreement ? slice : best));
    at('most').textContent = `Where the samples disagree, slice by slice from the feet to the head: most in slice ${most.index + 1}`;
    this.draw();
  }

  #index() {
    return this.viewer.crosshair()[this.viewer.axial().axis];
  }

  #goTo(place) {
    if (!this.slices[place]) return;
    const voxel = this.viewer.crosshair();
    voxel[this.viewer.axial().axis] = this.slices[place].index;
    this.viewer.goTo(voxel);
  }

  draw() {
    if (!this.slices.length || !this.viewer.image) return;
    const { canvas, slices } = this;
    const scale = window.devicePixelRatio;
    const [width, height] = [canvas.clientWidth * scale, canvas.clientHeight * scale];
    if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
    const context = canvas.getContext('2d');
    context.clearRect(0, 0, width, height);
    const most = Math.max(1e-9, ...slices.map(slice => slice.disagreement));
    const step = width / slices.length;
    const now = this.#index();
    slices.forEach((slice, place) => {
      const part = slice.disagreement / most;
      if (slice.index === now) {
        context.fillStyle = '#2c3d6b';
        context.fillRect(place * step, 0, step, height);
      }
      context.fillStyle = `rgb(${heat(part).join(' ')})`;
      context.fillRect(place * step + scale, height - part * (height - 4 * scale), Math.max(1, step - 2 * scale), height);
      if (slice.index === now) {
        context.fillStyle = '#fff';
        context.fillRect(place * step, 0, step, 2 * scale);
      }
    });
    const indices = slices.map(({ index }) => index);
    const told = { valuemin: Math.min(...indices) + 1, valuemax: Math.max(...indices) + 1, valuenow: now + 1, valuetext: `slice ${now + 1}` };
    for (const [name, value] of Object.entries(told)) canvas.setAttribute(`aria-${name}`, value);
  }
}
