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

// "Export DICOM SEG" of this build does not say where to store, and takes the slices of a stack that runs upwards from the other end: it
// sorts the images that it refers to downwards, and leaves the segmentation as it is. Several contexts bring the commands.
function height(imageId) {
  const { cache, metaData } = window.cornerstone;
  const { imagePositionPatient: at, rowCosines: r, columnCosines: c } = metaData.get('imagePlaneModule', cache.getImage(imageId).referencedImageId);
  return at[0] * (r[1] * c[2] - r[2] * c[1]) + at[1] * (r[2] * c[0] - r[0] * c[2]) + at[2] * (r[0] * c[1] - r[1] * c[0]);
}

function downwards(segmentationId, run) {
  const { Labelmap } = window.cornerstoneTools.segmentation.state.getSegmentation(segmentationId).representationData;
  const { imageIds } = Labelmap;
  Labelmap.imageIds = [...imageIds].sort((a, b) => height(b) - height(a));
  try {
    return run();
  } finally {
    Labelmap.imageIds = imageIds;
  }
}

function mend({ generateSegmentation, storeSegmentation, downloadSegmentation }) {
  const { commandFn: generate } = generateSegmentation;
  const { commandFn: store } = storeSegmentation;
  const { commandFn: download } = downloadSegmentation;
  downloadSegmentation.commandFn = options => downwards(options.segmentationId, () => download(options));
  storeSegmentation.commandFn = options => {
    const { segmentationId } = options;
    const [source] = window.extensionManager.getActiveDataSource();
    const dicom = report => {
      const { dataset } = downwards(segmentationId, () => generate({ segmentationId, options: { SeriesDescription: report.SeriesDescription } }));
      return source.store.dicom(Object.assign(report, dataset));
    };
    return store({ ...options, dataSource: { ...source, store: { ...source.store, dicom } } });
  };
}

const mended = new WeakSet();
setInterval(() => {
  for (const context of Object.values(window.commandsManager?.contexts ?? {})) {
    if (context.generateSegmentation && context.storeSegmentation && !mended.has(context.storeSegmentation)) {
      mended.add(context.storeSegmentation);
      mend(context);
    }
  }
}, 500);
