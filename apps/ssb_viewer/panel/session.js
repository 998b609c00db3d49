// One image in front of one annotator: its sample set, and what of it is shown.
import * as heat from './heat.js';
import { Layer } from './layer.js';
import { Mine } from './mine.js';
import { readLayers } from './nrrd.js';
import * as server from './server.js';

const OUTLINE = { renderOutline: true, outlineWidth: 2, renderFill: true, fillAlpha: 0.12, fillAlphaInactive: 0.12, renderOutlineInactive: true };
const HEAT = { renderFill: true, fillAlpha: 0.55, fillAlphaInactive: 0.55, renderOutline: false, renderOutlineInactive: false };

export class Session {
  /** onChange: called when anything that a panel shows has changed; toFront: when OHIF may have put its own panel before ours. */
  constructor(managers, displaySet, onChange, toFront) {
    Object.assign(this, { ...managers, displaySet, onChange, toFront });
    Object.assign(this, { summary: null, masks: new Map(), choice: 'consensus', heatOn: true, busy: null, told: null });
    this.services = managers.servicesManager.services;
    this.image = displaySet.SeriesInstanceUID;
    this.mine = new Mine(this);
  }

  get viewports() {
    const found = [...this.services.viewportGridService.getState().viewports.values()];
    return found.filter(one => one.displaySetInstanceUIDs?.includes(this.displaySet.displaySetInstanceUID)).map(one => one.viewportId);
  }

  get samples() {
    return [...this.masks].filter(([name]) => name.startsWith('sample ')).map(([, mask]) => mask);
  }

  /** A mask by its name; those of interpretations are named with their share. */
  mask(name) {
    return this.masks.get(name) ?? [...this.masks].find(([found]) => found.startsWith(`${name} (`))[1];
  }

  get chosen() {
    return this.mask(this.choice);
  }

  /** What a submission says that it started from. */
  get origin() {
    return { sample_set: this.summary.id, checkpoint: this.summary.checkpoint };
  }

  /** Run an action whose failure is told in one sentence; one at a time. */
  async act(text, action) {
    if (this.busy) {
      return;
    }
    Object.assign(this, { busy: { text, done: null }, told: null });
    this.onChange();
    try {
      this.told = { text: await action() };
    } catch (error) {
      this.fail(error);
    }
    this.busy = null;
    this.onChange();
  }

  fail(error) {
    this.told = { text: error.message, failed: true };
    this.onChange();
  }

  sampleAt(point) {
    return this.act('Sampling', async () => {
      const summary = await server.sample(this.image, point, done => {
        this.busy = { done, text: done === null ? 'Waiting for the server' : 'Sampling' };
        this.onChange();
      });
      this.busy = { text: 'Drawing', done: null };
      this.masks = await readLayers(await server.layers(summary.id));
      Object.assign(this, { summary, choice: 'consensus' });
      await this.draw();
      return summary.notes.join(' ');
    });
  }

  choose(name) {
    this.choice = name;
    return this.draw().catch(error => this.fail(error));
  }

  showHeat(on) {
    this.heatOn = on;
    return this.draw().catch(error => this.fail(error));
  }

  /** Bring the viewports to what is chosen; a slider asks faster than they draw, so only the newest wish is followed. */
  async draw() {
    this.wish = (this.wish ?? 0) + 1;
    this.onChange();
    while (!this.drawing && this.drawn !== this.wish) {
      this.drawing = true;
      const wish = this.wish;
      await this.drawNow().finally(() => Object.assign(this, { drawing: false, drawn: wish }));
    }
  }

  async drawNow() {
    await this.put('heatLayer', 'SSB disagreement', heat.segments, heat.COLORS, HEAT, this.heatOn, () => heat.bands(this.samples.map(m => m.voxels)));
    const segments = { 1: { label: 'shown mask', locked: true } };
    await this.put('shown', 'SSB shown mask', segments, [this.chosen.color], OUTLINE, true, () => this.chosen.voxels);
    this.mine.takeBrush();
    this.toFront();
    this.onChange();
  }

  async put(key, label, segments, colors, style, on, values) {
    if (!this[key]?.exists) {
      this[key] = await Layer.over(this.services, this.displaySet, this.summary.grid, label, segments);
    }
    const data = on ? values() : null;
    const coloured = Object.fromEntries(colors.map((color, n) => [n + 1, [...color, 255].slice(0, 4)]));
    for (const viewportId of this.viewports) {
      await (on ? this[key].show(viewportId, coloured, style) : this[key].hide(viewportId));
    }
    if (on) {
      this[key].write(this.chosen, this.summary.grid.shape[0], at => data[at]);
    }
  }

  storeInPacs() {
    const { id } = this.summary;
    return this.act('Storing', async () => ((await server.store(id)) ? 'Stored in the PACS.' : 'The PACS had it already.'));
  }
}
