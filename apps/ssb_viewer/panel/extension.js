// What OHIF loads at run time, without being built again: Parametric Maps by position, and where we have a server our panel.
import { COLORS } from './heat.js';
import { fill } from './panel.js';
import { placeMaps } from './parametric_map.js';
import { Session } from './session.js';

const PANEL = 'ssb.panelModule.ssb';

const sessions = new Map(); // by SeriesInstanceUID, for as long as the page lives
let managers = null;
let subscriptions = [];
let update = null;
let armed = null;

const services = () => managers.servicesManager.services;

/** The image in the active viewport, of several display sets there the one that is no result. */
function imageInView() {
  const { viewportGridService, displaySetService } = services();
  const { viewports, activeViewportId } = viewportGridService.getState();
  const shown = viewports.get(activeViewportId)?.displaySetInstanceUIDs ?? [];
  return shown.map(uid => displaySetService.getDisplaySetByUID(uid)).find(one => one?.imageIds?.length && !one.isDerivedDisplaySet);
}

function session() {
  const displaySet = imageInView();
  if (!displaySet) {
    return null;
  }
  const key = displaySet.SeriesInstanceUID;
  if (!sessions.has(key)) {
    sessions.set(key, new Session(managers, displaySet, refresh, toFront));
  }
  const found = sessions.get(key);
  found.displaySet = displaySet; // another one where the study was left and opened again
  return found;
}

function refresh() {
  update?.(session(), Boolean(armed));
}

/** Where the study was left and opened again, show what was shown. */
function ready() {
  const found = session();
  if (found?.summary && !found.shown?.exists) {
    found.choose(found.choice);
  }
  refresh();
}

/** OHIF takes the panel off the page when it switches to its own, for which adding a segmentation is enough. */
function toFront() {
  services().panelService.activatePanel(PANEL, true);
}

function disarm() {
  armed?.abort();
  armed = null;
  document.body.classList.remove('ssb-armed');
  refresh();
}

/** The next click in the active viewport is the point; OHIF's own tools do not see it. */
function sampleAtClick() {
  if (armed) {
    disarm();
    return;
  }
  armed = new AbortController();
  document.body.classList.add('ssb-armed');
  const { viewportGridService, cornerstoneViewportService } = services();
  const viewport = cornerstoneViewportService.getCornerstoneViewport(viewportGridService.getActiveViewportId());
  const asked = session();
  const options = { capture: true, signal: armed.signal };
  const take = event => {
    event.preventDefault();
    event.stopImmediatePropagation();
    const box = viewport.element.getBoundingClientRect();
    const point = [...viewport.canvasToWorld([event.clientX - box.x, event.clientY - box.y])];
    disarm();
    asked.sampleAt(point);
  };
  viewport.element.addEventListener('mousedown', take, options);
  document.addEventListener('keydown', ({ key }) => key === 'Escape' && disarm(), options);
  refresh();
}

const actions = { session, sampleAtClick };

function mounted(node) {
  update = node ? fill(node, actions, COLORS, window.config.annotator) : null;
  refresh();
}

/** The panel as React 18 takes it: an element as plain data, whose reference hands over the page's node. */
const Panel = () => ({ $$typeof: Symbol.for('react.element'), type: 'div', key: null, ref: mounted, props: {}, _owner: null, _store: {} });

addEventListener('beforeunload', event => {
  if ([...sessions.values()].some(one => one.mine.unsent)) {
    event.preventDefault();
    event.returnValue = true; // older browsers ask only then
  }
});

export default {
  id: 'ssb',
  preRegistration(found) {
    managers = found;
    const sheet = Object.assign(document.createElement('link'), { rel: 'stylesheet', href: new URL('panel.css', import.meta.url).href });
    document.head.append(sheet);
  },
  getPanelModule: () => [{ name: 'ssb', iconName: 'icon-multiple-patients', iconLabel: 'SSB', label: 'Plausible masks', component: Panel }],
  onModeEnter() {
    const { displaySetService, viewportGridService, segmentationService } = services();
    const place = ({ displaySetsAdded }) => placeMaps(displaySetsAdded, managers);
    subscriptions = [
      displaySetService.subscribe(displaySetService.EVENTS.DISPLAY_SETS_ADDED, place),
      viewportGridService.subscribe(viewportGridService.EVENTS.ACTIVE_VIEWPORT_ID_CHANGED, refresh),
      viewportGridService.subscribe(viewportGridService.EVENTS.VIEWPORTS_READY, ready),
      segmentationService.subscribe(segmentationService.EVENTS.SEGMENTATION_REMOVED, refresh),
    ];
  },
  onModeExit() {
    subscriptions.forEach(one => one.unsubscribe());
    armed?.abort();
    armed = null;
  },
};
