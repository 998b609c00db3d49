// What of the result is shown, and how.
import { editor, overlay, page, strip, told, viewer } from './app.js';
import { at, press } from './dom.js';
import { renderLegend, renderSelection } from './panel.js';
import { Solid } from './solid.js';
import { WINDOWS } from './viewer.js';

const ZOOM_SHARE = 0.6; // of the axial plane that a lesion fills when zoomed to
const SMALLEST_MM = 20;

export function select(selected) {
  if (!page.shapes) return;
  overlay.shown.selected = selected;
  renderSelection(page.shapes, selected);
  refresh();
}

export const choose = number => page.shapes?.summary.interpretations[number] && select({ kind: 'interpretation', number });

export function stepSample(by) {
  if (!page.shapes) return;
  const { selected } = overlay.shown;
  const now = selected?.kind === 'sample' ? selected.number : Number(at('sample').value) - 1;
  select({ kind: 'sample', number: (now + by + page.shapes.count) % page.shapes.count });
}

export function refresh() {
  if (page.shapes) renderLegend(page.shapes, overlay.shown);
  overlay.draw();
  strip.draw();
}

export function toggle(id, name) {
  at(id).checked = overlay.shown[name] = !overlay.shown[name];
  refresh();
}

export function toDisputed() {
  const { shapes } = page;
  if (shapes) viewer.goTo(shapes.mostDisputed(viewer.axial().axis) ?? shapes.summary.request.point);
}

export function zoom(on) {
  page.zoomed = on && !!page.shapes;
  press('zoom', page.zoomed);
  if (!page.zoomed) return viewer.whole();
  const { low, high } = page.shapes.bounds();
  const middle = low.map((index, axis) => Math.floor((index + high[axis]) / 2));
  const spacing = page.shapes.summary.grid.spacing_mm;
  const lesion = low.map((index, axis) => Math.max(high[axis] - index + 1, SMALLEST_MM / spacing[axis]));
  viewer.zoomToFit(middle, lesion, ZOOM_SHARE);
}

// The 3-D view, made while the first image loads: compiling its shaders would hold up the first result.
export const solid = () => (page.solid ??= new Solid(at('solid')));

// Put planes and the 3-D view where the page has room for them.
export function place() {
  if (!viewer.image) return;
  const spot = viewer.arrange();
  const frame = at('solid-frame');
  frame.hidden = !spot || !page.shapes;
  if (spot) ['left', 'top', 'width', 'height'].forEach((side, number) => (frame.style[side] = `${100 * spot[number]}%`));
  if (!frame.hidden) solid().show(page.shapes).catch(told);
}

export function setWindow(name) {
  page.window = name;
  for (const other of Object.keys(WINDOWS)) press(`window-${other}`, other === name);
  if (viewer.image) viewer.setWindow(name);
}

export function setPlanes() {
  viewer.layout = viewer.layout === 'planes' ? 'axial' : 'planes';
  press('planes', viewer.layout === 'planes');
  place();
}

export function readout() {
  if (!page.study) return;
  const voxel = viewer.crosshair();
  const parts = [`Voxel ${voxel.join(', ')}`, `${Math.round(viewer.valueAt(voxel))} HU`];
  if (page.shapes) parts.push(`${page.shapes.votesAt(voxel)} of ${page.shapes.count} samples include this voxel`);
  if (editor.open) parts.push('editing');
  at('readout').textContent = parts.join(' · ');
}
