// From a study to a result: open, click, wait, show; then narrow it down or start anew.
import * as api from './api.js';
import { attempt, overlay, page, strip, viewer } from './app.js';
import { place, select, solid, toDisputed, zoom } from './display.js';
import { at, say } from './dom.js';
import { mayLose, showRaters, stopEditing } from './mine.js';
import { renderPoints, renderResult } from './panel.js';
import { Shapes } from './shapes.js';
import { titleOf } from './studies.js';

const EARLY = [255, 255, 255]; // the outline of a consensus that may still change

let asking = new AbortController(); // of the request that runs

export async function openStudy(one) {
  if (!(await mayLose())) return;
  const run = (page.run += 1);
  forget();
  page.study = null;
  at('study').textContent = titleOf(one);
  say('prompt', 'Loading the image ...');
  try {
    const [buffer] = await Promise.all([api.volume(one.id), page.ready]);
    if (run !== page.run) return;
    await viewer.show(buffer, page.window);
    await solid().ready;
  } catch (error) {
    say('prompt', '');
    throw error;
  }
  page.study = one;
  arm();
  place();
  await showRaters();
}

function forget() {
  asking.abort();
  stopEditing();
  overlay.setShapes(null);
  overlay.points = page.points = [];
  Object.assign(page, { shapes: null, armed: false });
  for (const id of ['result', 'strip', 'solid-frame', 'running']) at(id).hidden = true;
  at('empty').hidden = false;
  at('legend').replaceChildren();
  say('stored', '');
}

// The next click samples.
function arm() {
  page.armed = true;
  say('prompt', 'Click on the lesion');
}

export async function rearm() {
  if (!page.study || !(await mayLose())) return;
  page.run += 1;
  forget();
  place();
  arm();
}

export const start = voxel => page.study && page.armed && attempt(() => ask([{ kind: 'click', voxel }]));

export const narrow = (kind, voxel) => page.shapes && attempt(() => ask([...page.points, { kind, voxel }]));

async function ask(points) {
  if (!(await mayLose())) return;
  const run = (page.run += 1);
  const of = kind => points.filter(point => point.kind === kind).map(point => point.voxel);
  const [point] = of('click');
  const order = { image: page.study.id, point, inside: of('inside'), outside: of('outside'), samples: at('samples').value, seed: at('seed').value };
  page.armed = false;
  say('prompt', '');
  overlay.points = points;
  overlay.draw();
  running(0, 0);
  asking.abort();
  asking = new AbortController();
  try {
    const summary = await api.sample(order, {
      signal: asking.signal,
      onShare: (share, samples) => run === page.run && running(share, samples),
      onEarly: line => run === page.run && !page.shapes && showEarly(line),
    });
    const [review, bits] = await Promise.all([api.review(summary.id), api.masks(summary.id)]);
    if (run === page.run) show(new Shapes(summary, review, bits), points);
  } catch (error) {
    if (run !== page.run) return;
    overlay.points = page.points;
    overlay.setShapes(page.shapes);
    overlay.draw();
    if (!page.shapes) arm();
    throw error;
  } finally {
    if (run === page.run) at('running').hidden = true;
  }
}

// The first samples' consensus and disagreement, over the image alone: what is measured and chosen from waits for the rest.
function showEarly({ samples, box, masks }) {
  overlay.shown.selected = null;
  overlay.setShapes(new Shapes({ samples, interpretations: [] }, { box, consensus: { color: EARLY } }, masks));
  overlay.draw();
}

function running(share, samples) {
  at('running').hidden = false;
  at('bar').value = share;
  const shown = samples && !page.shapes ? `, the first ${samples} are shown` : '';
  const text = share ? `Drawing samples: ${10 * Math.floor(10 * share)} %${shown}` : 'Drawing samples: waiting for the server';
  if (at('running-text').textContent !== text) at('running-text').textContent = text;
}

function show(shapes, points) {
  const first = !page.shapes;
  page.shapes = shapes;
  page.points = overlay.points = points;
  overlay.setShapes(shapes);
  at('empty').hidden = true;
  at('result').hidden = at('strip').hidden = false;
  at('model').textContent = `Model ${shapes.summary.checkpoint}, seed ${shapes.summary.request.seed}.`;
  renderResult(shapes, select);
  renderPoints(points, number => attempt(() => ask(points.filter((_, other) => other !== number))));
  strip.setShapes(shapes);
  select({ kind: 'interpretation', number: 0 });
  stopEditing();
  say('stored', '');
  viewer.together(() => {
    place();
    toDisputed();
    if (first) zoom(true);
  });
}
