// Read after the configuration of the OHIF that MONAI Label brings, and after COLORS: what its panel leaves out.

// The server that served this page, unless the reader chose another: the panel itself assumes port 8000.
if (!document.cookie.includes('MONAILABEL_SERVER_URL=')) {
  document.cookie = `MONAILABEL_SERVER_URL=${escape(`${location.origin}/`)}`;
}

// The panel says no more than "Failed": our answers say why. The newest notification lies over the others.
const ON_TOP_MS = 500;
const open = XMLHttpRequest.prototype.open;
XMLHttpRequest.prototype.open = function (method, url, ...rest) {
  this.addEventListener('load', () => {
    if (this.status >= 400 && /\/(infer|train|activelearning)\//.test(url)) {
      setTimeout(tell, ON_TOP_MS, this.response);
    }
  });
  return open.call(this, method, url, ...rest);
};

function tell(response) {
  const text = response instanceof ArrayBuffer ? new TextDecoder().decode(response) : response;
  try {
    const { detail } = typeof text === 'string' ? JSON.parse(text) : text;
    window.services.uiNotificationService.show({ title: 'SSB Label', message: detail, type: 'error', duration: 20000 });
  } catch {
    console.warn('An answer without a sentence', text);
  }
}

// The panel makes colours of names, and makes two of ours black. It gives them a second after the segments, so ours come later.
const PANEL = '1'; // the only segmentation that it makes
const LATER_MS = 1500;

function colour() {
  const { segmentation } = window.cornerstoneTools;
  const found = segmentation.state.getSegmentation(PANEL);
  const viewports = segmentation.state.getViewportIdsWithSegmentation(PANEL);
  for (const { segmentIndex, label } of Object.values(found?.segments ?? {})) {
    if (label in COLORS) {
      viewports.forEach(id => segmentation.config.color.setSegmentIndexColor(id, PANEL, segmentIndex, COLORS[label]));
    }
  }
}

const waiting = setInterval(() => {
  if (window.cornerstone && window.cornerstoneTools) {
    clearInterval(waiting);
    const { Events } = window.cornerstoneTools.Enums;
    window.cornerstone.eventTarget.addEventListener(Events.SEGMENTATION_ADDED, () => setTimeout(colour, LATER_MS));
    window.cornerstone.eventTarget.addEventListener(Events.SEGMENTATION_REPRESENTATION_ADDED, () => setTimeout(colour, LATER_MS));
  }
}, 500);

// What this build exports of a stack that runs upwards lies in the wrong slices, counted from the other end. Several contexts have the commands.
const REFUSED = 'Not exported: this OHIF can put a segmentation into the wrong slices. Draw in the viewer that `python main.py viewer` serves.';
const MISPLACED = ['storeSegmentation', 'downloadSegmentation'];
setInterval(() => {
  for (const context of Object.values(window.commandsManager?.contexts ?? {})) {
    for (const name of MISPLACED.filter(name => name in context)) {
      context[name].commandFn = () => {
        window.services.uiNotificationService.show({ title: 'SSB Label', message: REFUSED, type: 'error', duration: 20000 });
      };
    }
  }
}, 500);
