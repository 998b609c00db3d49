// OHIF's configuration for one annotator; `site` (annotator, home, panel, login) stands before these lines.
const pacs = `${location.origin}${site.home}/dicom-web`;

const logOut = event => {
  event.stopPropagation(); // the logo leads to the list of studies
  event.preventDefault();
  fetch('/ssb/logout', { method: 'POST' }).then(() => location.assign('/'));
};

window.config = {
  annotator: site.annotator,
  name: 'SSB Label',
  routerBasename: site.home,
  showStudyList: true,
  extensions: ['/ssb-panel/extension.js'],
  modes: [],
  // The tour of the first visit lies over the image and takes the clicks.
  customizationService: {
    global: { 'ohif.tours': { $set: [] } },
    mode: site.panel ? { '*': { rightPanels: { $push: ['ssb.panelModule.ssb'] } } } : {},
  },
  // OHIF itself says no more than "request failed"; our answers say why.
  httpErrorHandler: error => {
    try {
      const { detail } = JSON.parse(error.response);
      window.services.uiNotificationService.show({ title: 'SSB Label', message: detail, type: 'error', duration: 20000 });
    } catch {
      console.warn(error);
    }
  },
  showWarningMessageForCrossOrigin: false,
  strictZSpacingForVolumeViewport: true,
  whiteLabeling: {
    createLogoComponentFn: React =>
      React.createElement('span', { className: 'text-white', id: 'ssb-annotator' }, `SSB Label: annotating as ${site.annotator}`,
        site.login ? React.createElement('button', { className: 'ml-2 underline', id: 'ssb-log-out', onClick: logOut }, 'Log out') : null),
  },
  defaultDataSourceName: 'pacs',
  dataSources: [
    {
      namespace: '@ohif/extension-default.dataSourcesModule.dicomweb',
      sourceName: 'pacs',
      configuration: {
        friendlyName: 'PACS',
        name: 'pacs',
        wadoUriRoot: pacs,
        qidoRoot: pacs,
        wadoRoot: pacs,
        qidoSupportsIncludeField: true,
        imageRendering: 'wadors',
        thumbnailRendering: 'wadors',
        enableStudyLazyLoad: true,
        supportsFuzzyMatching: false,
        supportsWildcard: true,
        omitQuotationForMultipartRequest: true,
        singlepart: 'bulkdata,video',
        bulkDataURI: { enabled: true },
        // A BINARY segmentation without compression is what most archives and programs read; OHIF's own default is LABELMAP in RLE.
        segmentation: { store: { defaultMode: 'bitmap', transferSyntaxUID: '1.2.840.10008.1.2.1' } },
      },
    },
  ],
};
