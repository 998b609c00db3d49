// The reader's own outline: edited, submitted under a name, never lost without a warning.
import * as api from './api.js';
import { editor, overlay, page } from './app.js';
import { refresh } from './display.js';
import { at, press, say, sure } from './dom.js';
import { renderRaters } from './panel.js';

const RATER = 'ssb-rater';
const LOSS = 'Your edits are not submitted yet. Go on, and they are lost.';
const START = 'Start from the interpretation or sample nearest to your own reading, correct it, and submit it under your name.';
const PAINT = 'Paint in any plane. Nothing is kept before you submit.';

export const mayLose = async () => !editor.changed || sure(LOSS);

export function edit() {
  if (!page.shapes || editor.open) return;
  editor.start(page.shapes, page.shapes.mask(overlay.shown.selected));
  editor.size(Number(at('pen').value));
  if (!at('rater').readOnly) at('rater').value = localStorage.getItem(RATER) ?? '';
  say('stored', '');
  pen('draw');
  renderEditing();
  at('tools').scrollIntoView({ block: 'nearest' });
}

export function pen(kind) {
  editor.pen(kind);
  for (const other of ['draw', 'fill', 'erase']) press(other, other === kind);
}

export function stopEditing() {
  editor.close();
  renderEditing();
}

function renderEditing() {
  overlay.shown.editing = editor.open;
  at('tools').hidden = !editor.open;
  at('edit').hidden = editor.open;
  at('mine-hint').textContent = editor.open ? PAINT : START;
  refresh();
}

export async function submit() {
  const rater = at('rater').value.trim();
  if (!at('rater').readOnly) localStorage.setItem(RATER, rater);
  const { id, checkpoint } = page.shapes.summary;
  const facts = { rater, client: 'SSB Label review page', sample_set: id, checkpoint };
  const kept = await api.submit(page.study.id, await editor.file(), facts);
  stopEditing();
  say('stored', `Stored: version ${kept.version} by ${kept.rater}, ${kept.voxels} voxels.`);
  await showRaters();
}

export async function showRaters() {
  renderRaters(await api.annotations(page.study.id));
}
