// Options of every view of ours: no keys, words or files of NiiVue's own, which the page has in its own way.
export const QUIET = {
  crosshairWidth: 0,
  dragAndDropEnabled: false,
  viewModeHotKey: '',
  clipPlaneHotKey: '',
  cycleClipPlaneHotKey: '',
  loadingText: '',
  logLevel: 'error',
};
