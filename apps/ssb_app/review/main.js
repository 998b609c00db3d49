// The review page: a study, a click, and where the plausible outlines part.
import { attempt, editor, overlay, page, strip, told, viewer } from './app.js';
import { choose, place, readout, refresh, select, setPlanes, setWindow, stepSample, toDisputed, toggle, zoom } from './display.js';
import { at, make } from './dom.js';
import { paintColorBar } from './heat.js';
import { help, listen } from './keys.js';
import { showLogin } from './login.js';
import { edit, mayLose, pen, stopEditing, submit } from './mine.js';
import { narrow, openStudy, rearm, start } from './session.js';
import { Studies } from './studies.js';
import { WINDOWS } from './viewer.js';

const studies = new Studies(one => attempt(() => openStudy(one)), told);

const ACTIONS = [
  [['s'], 'list of studies', () => studies.open()],
  [['Enter'], 'sample at the crosshair', () => start(viewer.crosshair())],
  [['n'], 'new click', rearm],
  [['1', '2', '3', '4', '5'], 'that interpretation', event => choose(Number(event.key) - 1)],
  [[',', '.'], 'sample before, next sample', event => stepSample(event.key === '.' ? 1 : -1)],
  [['c'], 'consensus on and off', () => toggle('show-consensus', 'consensus')],
  [['a'], 'all samples on and off', () => toggle('show-all', 'all')],
  [['h'], 'disagreement on and off', () => toggle('show-heat', 'heat')],
  [['d'], 'most disputed slice', toDisputed],
  [['PageUp', 'PageDown'], 'slice towards the head, the feet', event => viewer.step(0, 0, event.key === 'PageUp' ? 1 : -1)],
  [['ArrowLeft', 'ArrowRight'], 'crosshair to the left, the right', event => viewer.step(event.key === 'ArrowLeft' ? 1 : -1, 0, 0)],
  [['ArrowUp', 'ArrowDown'], 'crosshair to the front, the back', event => viewer.step(0, event.key === 'ArrowUp' ? 1 : -1, 0)],
  [['i', 'o'], 'inside, outside point at the crosshair', event => narrow(event.key === 'i' ? 'inside' : 'outside', viewer.crosshair())],
  [['z'], 'zoom to the lesion, whole image', () => zoom(!page.zoomed)],
  [['+', '-'], 'zoom', event => viewer.zoomBy(event.key === '+' ? 1.25 : 0.8)],
  [['v'], 'planes and 3-D, axial alone', setPlanes],
  ...Object.entries(WINDOWS).map(([name, { name: title, key }]) => [[key.toLowerCase()], `window: ${title.toLowerCase()}`, () => setWindow(name)]),
  [['e'], 'edit what is shown', edit],
  [['Ctrl+z'], 'undo in the edit', () => editor.undo()],
  [['?'], 'this list', help],
];

const CLICKS = {
  zoom: () => zoom(!page.zoomed),
  planes: setPlanes,
  disputed: toDisputed,
  inside: () => narrow('inside', viewer.crosshair()),
  outside: () => narrow('outside', viewer.crosshair()),
  again: rearm,
  edit,
  draw: () => pen('draw'),
  fill: () => pen('fill'),
  erase: () => pen('erase'),
  undo: () => editor.undo(),
  discard: async () => (await mayLose()) && stopEditing(),
};

const SLIDERS = {
  sample: value => select({ kind: 'sample', number: value - 1 }),
  opacity: value => {
    overlay.shown.opacity = value / 100;
    at('opacity-text').textContent = `${value} %`;
    refresh();
  },
  pen: value => {
    at('pen-text').textContent = `${value} ${value === 1 ? 'voxel' : 'voxels'}`;
    if (editor.open) editor.size(value);
  },
};

for (const [name, { name: title, key }] of Object.entries(WINDOWS)) {
  at('windows').append(make('button', { id: `window-${name}`, textContent: title, title: `${title} window (${key})`, onclick: () => setWindow(name) }));
}
for (const [id, run] of Object.entries(CLICKS)) at(id).addEventListener('click', run);
for (const [id, name] of [['show-consensus', 'consensus'], ['show-all', 'all'], ['show-heat', 'heat']]) {
  at(id).addEventListener('change', () => toggle(id, name));
}
for (const [id, run] of Object.entries(SLIDERS)) {
  at(id).addEventListener('input', () => run(Number(at(id).value)));
  run(Number(at(id).value));
}
at('submit').addEventListener('submit', event => {
  event.preventDefault();
  attempt(submit);
});
window.addEventListener('beforeunload', event => editor.changed && event.preventDefault());
new ResizeObserver(place).observe(at('screen'));
setWindow(page.window);
paintColorBar(at('color-bar'));
listen(ACTIONS);

viewer.onClick = (voxel, event) => {
  if (editor.open) return;
  if (event.shiftKey || event.altKey) narrow(event.shiftKey ? 'inside' : 'outside', voxel);
  else start(voxel);
};
viewer.onDraw = () => {
  overlay.draw();
  strip.draw();
  readout();
};

await attempt(showLogin);
studies.open();
await attempt(() => page.ready);
