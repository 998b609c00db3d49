// The annotator's own mask of one image: a mask under OHIF's brush, not lost without a question, and submitted.
import { Layer } from './layer.js';
import { maskFile } from './nrrd.js';
import * as server from './server.js';

const STYLE = { renderOutline: true, outlineWidth: 2, renderFill: true, fillAlpha: 0.3 };
const INACTIVE = { renderOutlineInactive: true, outlineWidthInactive: 2, fillAlphaInactive: 0.3 };
const COLOR = [57, 255, 20, 255];
const BRUSH = 'CircularBrush';
const BRUSHES = [BRUSH, 'CircularEraser'];
const BRUSH_MM = 4; // OHIF begins with 25, wider than most nodules

export class Mine {
  /** layer: null before anything was taken to edit; from: what it started from; unsent: whether edits would be lost with this page. */
  constructor(session) {
    Object.assign(this, { session, layer: null, from: null, origin: null, unsent: false });
    window.cornerstone.eventTarget.addEventListener(window.cornerstoneTools.Enums.Events.SEGMENTATION_DATA_MODIFIED, ({ detail }) => {
      if (this.layer && detail.segmentationId === this.layer.id) {
        this.unsent = true;
        session.onChange();
      }
    });
  }

  /** Whether OHIF has dropped its labelmap, on leaving the study or by its own list; the memory is still here. */
  get dropped() {
    return Boolean(this.layer && !this.layer.exists);
  }

  /** OHIF's brush paints into the active segmentation, which the one shown last becomes: let it be this one. */
  takeBrush() {
    const { services, viewports } = this.session;
    if (this.layer?.exists) {
      viewports.forEach(id => services.segmentationService.setActiveSegmentation(id, this.layer.id));
    }
  }

  get canPaint() {
    const { services, viewports } = this.session;
    const group = viewports.map(id => services.toolGroupService.getToolGroupForViewport(id)).find(Boolean);
    return Boolean(group?.hasTool(BRUSH));
  }

  edit() {
    const { session } = this;
    const question = 'You have edits that are not submitted. Replace them by the mask that is shown?';
    if (this.unsent && !window.confirm(question)) {
      return null;
    }
    return session.act('Preparing', async () => {
      if (!this.canPaint) {
        throw new Error('There is no brush in this mode of OHIF: open the study in the mode Segmentation.');
      }
      const { chosen, choice } = session;
      this.layer?.remove();
      await this.fill(chosen, at => chosen.voxels[at]);
      Object.assign(this, { from: choice, origin: session.origin, unsent: false });
      session.shown.remove();
      session.commandsManager.runCommand('setToolActiveToolbar', { toolName: BRUSH });
      session.commandsManager.runCommand('setBrushSize', { value: BRUSH_MM, toolNames: BRUSHES });
      return 'Paint with the brush; the eraser and the sizes are in the tab Segmentation.';
    });
  }

  /** A new labelmap, filled from a box. */
  async fill(box, value) {
    const { services, displaySet, summary, viewports, toFront } = this.session;
    const layer = await Layer.over(services, displaySet, summary.grid, 'Mine', { 1: { label: 'lesion', active: true } });
    layer.write(box, summary.grid.shape[0], value);
    for (const id of viewports) {
      await layer.show(id, { 1: COLOR }, { ...STYLE, ...INACTIVE });
    }
    this.layer = layer;
    this.takeBrush();
    toFront();
  }

  restore() {
    return this.session.act('Restoring', async () => {
      const { shape } = this.session.summary.grid;
      const size = shape[0] * shape[1];
      const held = new Map(this.layer.planes.map(({ k, voxels }) => [k, voxels]));
      await this.fill({ start: [0, 0, 0], size: shape }, at => held.get(Math.floor(at / size))?.[at % size] ?? 0);
      return 'Your edits are back.';
    });
  }

  /** Submit it, or where nothing was taken to edit the mask that is shown. */
  submit() {
    const { session } = this;
    const { planes } = this.layer ?? session.shown;
    const origin = this.layer ? this.origin : session.origin;
    const question = 'The mask is empty. Submit that you see no lesion here?';
    if (!planes.some(({ voxels }) => voxels.some(value => value > 0)) && !window.confirm(question)) {
      return null;
    }
    return session.act('Submitting', async () => {
      const { affine_lps: affine, shape } = session.summary.grid;
      const before = this.unsent;
      const file = await maskFile(planes, affine, shape);
      this.unsent = false; // a stroke while it is on the way makes it true again
      try {
        const { rater, version } = await server.submit(session.image, file, origin);
        return `Kept as version ${version} of ${rater}.`;
      } catch (error) {
        this.unsent ||= before;
        throw error;
      }
    });
  }
}
