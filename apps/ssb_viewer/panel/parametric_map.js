// Parametric Maps where they belong. OHIF 3.13 puts the first frame of a map on the first slice of its image, whatever positions the frames
// state, and fails where the map has fewer frames than the image has slices, as a map of one lesion has.

const LOADER = '@ohif/extension-cornerstone.utilityModule.common';
const FLOAT_PIXELS = [0xe0, 0x7f, 0x08, 0x00, 0x4f, 0x46, 0, 0]; // (7FE0,0008) OF, explicit VR little endian (PS3.5 7.1.2)
const PERCENT = 100; // OHIF's colours of a map go from 0 to 100
const NEAR_MM = 0.01;

/** Let the Parametric Maps among `displaySets` be loaded by position. */
export function placeMaps(displaySets, { extensionManager, servicesManager }) {
  for (const displaySet of displaySets) {
    if (displaySet.Modality === 'PMAP' && displaySet.instance.FloatPixelData !== undefined) {
      displaySet.load = ({ headers }) => loaded(displaySet, headers, extensionManager, servicesManager.services);
    }
  }
}

/** The map's volume, made once. */
function loaded(displaySet, headers, extensionManager, services) {
  const { cache } = window.cornerstone;
  const key = `cornerstoneStreamingImageVolume:${displaySet.displaySetInstanceUID}`;
  const found = cache.getVolumeLoadObject(key);
  if (found) {
    return found.promise;
  }
  const { dicomLoaderService } = extensionManager.getModuleEntry(LOADER).exports;
  displaySet.loading = true;
  const promise = dicomLoaderService.findDicomDataPromise(displaySet, null, headers).then(file => volumeOf(displaySet, file));
  cache.putVolumeLoadObject(key, { promise });
  const { segmentationService, uiNotificationService } = services;
  promise.then(
    () => {
      Object.assign(displaySet, { loading: false, isLoaded: true });
      const told = segmentationService.EVENTS.SEGMENTATION_LOADING_COMPLETE;
      segmentationService._broadcastEvent(told, { pmapDisplaySet: displaySet });
    },
    error => {
      displaySet.loading = false;
      const message = `The parametric map cannot be shown: ${error.message}`;
      uiNotificationService.show({ title: 'SSB Label', message, type: 'error', duration: 20000 });
    }
  );
  return promise;
}

async function volumeOf(displaySet, file) {
  const { cache, metaData, volumeLoader } = window.cornerstone;
  const { instance, displaySetInstanceUID } = displaySet;
  const source = cache.getVolume(displaySet.getReferencedVolumeId());
  if (!source) {
    throw new Error('its image is not shown as a volume.');
  }
  const size = instance.Rows * instance.Columns;
  const frames = [instance.PerFrameFunctionalGroupsSequence].flat();
  const pixels = floatPixels(new Uint8Array(file), frames.length * size);
  const planes = source.imageIds.map(id => metaData.get('imagePlaneModule', id));
  const values = new Float32Array(planes.length * size);
  frames.forEach((frame, number) => {
    const position = [frame.PlanePositionSequence].flat()[0].ImagePositionPatient;
    const at = planes.findIndex(plane => Math.hypot(...plane.imagePositionPatient.map((v, axis) => v - position[axis])) < NEAR_MM);
    if (at < 0 || planes[at].rows !== instance.Rows || planes[at].columns !== instance.Columns) {
      throw new Error(`its frame ${number + 1} lies on no slice of its image.`);
    }
    const own = pixels.subarray(number * size, (number + 1) * size);
    values.set(own.map(value => value * PERCENT), at * size);
  });
  const options = { volumeId: displaySetInstanceUID, targetBuffer: { type: 'Float32Array' } };
  const volume = await volumeLoader.createAndCacheDerivedVolume(source.volumeId, options);
  volume.voxelManager.setCompleteScalarDataArray(values);
  const [low, high] = rangeOf(instance, values).map(value => value * PERCENT);
  volume.metadata.voiLut = [{ windowCenter: (low + high) / 2, windowWidth: high - low }];
  volume.loadStatus = { loaded: true };
  return volume;
}

/** The values that the map says it holds, so that the same colour means the same in every map; else those that it does hold. */
function rangeOf(instance, values) {
  const groups = [instance.SharedFunctionalGroupsSequence].flat()[0];
  const mapping = [groups?.RealWorldValueMappingSequence].flat()[0];
  const low = mapping?.DoubleFloatRealWorldValueFirstValueMapped;
  const high = mapping?.DoubleFloatRealWorldValueLastValueMapped;
  return low < high ? [low, high] : [0, values.reduce((a, b) => Math.max(a, b), 0) / PERCENT || 1];
}

/** `count` numbers of the file's Float Pixel Data; it comes near the end, so the search starts there. */
function floatPixels(file, count) {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const start = FLOAT_PIXELS.length + 4;
  for (let at = file.length - 4 * count - start; at >= 0; at--) {
    if (file[at] === 0xe0 && FLOAT_PIXELS.every((byte, n) => file[at + n] === byte) && view.getUint32(at + 8, true) === 4 * count) {
      return new Float32Array(file.slice(at + start, at + start + 4 * count).buffer);
    }
  }
  throw new Error('its file holds no floating point numbers in explicit VR little endian.');
}
