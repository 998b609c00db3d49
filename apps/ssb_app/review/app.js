// What the parts of the page share.
import { Failure } from './api.js';
import { at, say } from './dom.js';
import { Editor } from './editor.js';
import { Overlay } from './overlay.js';
import { Strip } from './strip.js';
import { Viewer } from './viewer.js';

export const viewer = new Viewer();
export const overlay = new Overlay(at('results'), viewer);
export const editor = new Editor(viewer);
export const strip = new Strip(at('slices'), viewer);

// study: the open image. shapes, points: the result and the points it was asked with. armed: whether a click samples.
// run: number of the latest work, so that an answer which comes late is dropped. ready: resolves once NiiVue draws.
export const page = { study: null, window: 'lung', shapes: null, points: [], armed: false, zoomed: false, run: 0, solid: null };
page.ready = viewer.open(at('image'));

export function told(error) {
  if (!(error instanceof Failure)) console.error(error);
  say('problem', error instanceof Failure ? error.message : `The page met an error: ${error.message}.`);
}

// Do it; what goes wrong is told in the page.
export async function attempt(work) {
  say('problem', '');
  try {
    await work();
  } catch (error) {
    told(error);
  }
}

// For the browser's console, and for tests that must know where a voxel is on the screen.
globalThis.ssbReview = { viewer, overlay, editor, page };
