// One image in front of one annotator: its sample set, what of it is shown, and the annotator's own mask.
import { Layer } from './layer.js';
import { maskFile, readLayers } from './nrrd.js';
import * as heat from './heat.js';
import * as server from './server.js';

const OUTLINE = { renderOutline: true, outlineWidth: 2, renderFill: true, fillAlpha: 0.12, fillAlphaInactive: 0.12, renderOutlineInactive: true };
const OWN = { ...OUTLINE, outlineWidthInactive: 2, fillAlpha: 0.3, fillAlphaInactive: 0.3 };
const HEAT = { renderFill: true, fillAlpha: 0.55, fillAlphaInactive: 0.55, renderOutline: false, renderOutlineInactive: false };
const OWN_COLOR = [57, 255, 20, 255];
const BRUSH = 'CircularBrush';
const BRUSHES = [BRUSH, 'CircularEraser'];
const BRUSH_MM = 4; // OHIF begins with 25, wider than most nodules

export class Session {
  /** onChange: called when anything that a panel shows has changed; toFront: when OHIF may have put its own panel before ours. */
  constructor(managers, displaySet, onChange, toFront) {
    Object.assign(this, { ...managers, displaySet, onChange, toFront });
    Object.assign(this, { summary: null, masks: new Map(), choice: 'consensus', heatOn: true, busy: null, told: null, mine: null });
    this.services = managers.servicesManager.services;
    this.image = displaySet.SeriesInstanceUID;
    const { eventTarget } = window.cornerstone;
    eventTarget.addEventListener(window.cornerstoneTools.Enums.Events.SEGMENTATION_DATA_MODIFIED, ({ detail }) => {
      if (detail.segmentationId === this.mine?.layer.id && !this.writing) {
        this.mine.unsent = true;
        this.onChange();
      }
    });
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

  /** Whether edits would be lost with this page. */
  get unsent() {
    return Boolean(this.mine?.unsent);
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
      this.told = { text: error.message, failed: true };
    }
    this.busy = null;
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
    return this.draw();
  }

  showHeat(on) {
    this.heatOn = on;
    return this.draw();
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
    this.giveBrush();
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

  /** OHIF's brush paints into the active segmentation, which the one shown last becomes: ours is the annotator's own. */
  giveBrush() {
    if (this.mine?.layer.exists) {
      this.viewports.forEach(id => this.services.segmentationService.setActiveSegmentation(id, this.mine.layer.id));
    }
  }

  get canPaint() {
    const { ToolGroupManager } = window.cornerstoneTools;
    const group = this.viewports.map(id => window.services.toolGroupService.getToolGroupForViewport(id)).find(Boolean);
    return Boolean(group && ToolGroupManager.getToolGroup(group.id)?.hasTool(BRUSH));
  }

  edit() {
    const question = 'You have edits that are not submitted. Replace them by the mask that is shown?';
    if (this.unsent && !window.confirm(question)) {
      return null;
    }
    return this.act('Preparing', async () => {
      if (!this.canPaint) {
        throw new Error('There is no brush in this mode of OHIF: open the study in the mode Segmentation.');
      }
      this.mine?.layer.remove();
      const { chosen, choice, summary } = this;
      await this.own(chosen, at => chosen.voxels[at], { from: choice, origin: { sample_set: summary.id, checkpoint: summary.checkpoint } });
      this.shown.remove();
      this.commandsManager.runCommand('setToolActiveToolbar', { toolName: BRUSH });
      this.commandsManager.runCommand('setBrushSize', { value: BRUSH_MM, toolNames: BRUSHES });
      return 'Paint with the brush; the eraser and the sizes are in the tab Segmentation.';
    });
  }

  /** A labelmap of the annotator's own, filled from a box. */
  async own(box, value, about) {
    const { grid } = this.summary;
    const layer = await Layer.over(this.services, this.displaySet, grid, 'Mine', { 1: { label: 'lesion', active: true } });
    this.writing = true;
    layer.write(box, grid.shape[0], value);
    this.writing = false;
    for (const id of this.viewports) {
      await layer.show(id, { 1: OWN_COLOR }, OWN);
    }
    this.mine = { ...about, layer, unsent: Boolean(about.unsent) };
    this.giveBrush();
    this.toFront();
  }

  /** Edits whose labelmap OHIF has dropped, on leaving the study or by its own list: its memory is still here. */
  restore() {
    const { planes } = this.mine.layer;
    return this.act('Restoring', async () => {
      const { shape } = this.summary.grid;
      const size = shape[0] * shape[1];
      const whole = { start: [0, 0, 0], size: shape };
      const held = new Map(planes.map(({ k, voxels }) => [k, voxels]));
      await this.own(whole, at => held.get(Math.floor(at / size))?.[at % size] ?? 0, this.mine);
      return 'Your edits are back.';
    });
  }

  submit() {
    const { layer, origin } = this.mine ?? { layer: this.shown, origin: { sample_set: this.summary.id, checkpoint: this.summary.checkpoint } };
    const question = 'The mask is empty. Submit that you see no lesion here?';
    if (!layer.planes.some(({ voxels }) => voxels.some(value => value > 0)) && !window.confirm(question)) {
      return null;
    }
    return this.act('Submitting', async () => {
      const { affine_lps: affine, shape } = this.summary.grid;
      const file = await maskFile(layer.planes, affine, shape);
      if (this.mine) {
        this.mine.unsent = false; // a stroke while it is on the way makes it true again
      }
      try {
        const { rater, version } = await server.submit(this.image, file, origin);
        return `Kept as version ${version} of ${rater}.`;
      } catch (error) {
        if (this.mine) {
          this.mine.unsent = true;
        }
        throw error;
      }
    });
  }

  storeInPacs() {
    const { id } = this.summary;
    return this.act('Storing', async () => ((await server.store(id)) ? 'Stored in the PACS.' : 'The PACS had it already.'));
  }
}
