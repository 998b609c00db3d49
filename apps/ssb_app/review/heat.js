// Colours of the disagreement, one table for the map, its colour bar and the 3-D view. They end in orange: yellow is the consensus.
const STOPS = [[0, 58, 28, 130], [0.4, 165, 35, 135], [0.75, 235, 60, 80], [1, 255, 150, 40]];

// Red, green and blue, 0 to 255, of a disagreement in bits, 0 to 1.
export function heat(bits) {
  const above = Math.max(1, STOPS.findIndex(([at]) => at >= bits));
  const [low, high] = [STOPS[above - 1], STOPS[above]];
  const part = (bits - low[0]) / (high[0] - low[0]);
  return [1, 2, 3].map(channel => Math.round(low[channel] + part * (high[channel] - low[channel])));
}

export function paintColorBar(canvas) {
  const context = canvas.getContext('2d');
  const picture = context.createImageData(canvas.width, 1);
  for (let x = 0; x < canvas.width; x += 1) picture.data.set([...heat(x / (canvas.width - 1)), 255], 4 * x);
  context.putImageData(picture, 0, 0);
}

// A picture of a slice of the disagreement; what all samples agree on is clear.
export function heatPicture({ values, width, height }) {
  const picture = new ImageData(width, height);
  values.forEach((bits, at) => bits > 0 && picture.data.set([...heat(bits), 255], 4 * at));
  const canvas = new OffscreenCanvas(width, height);
  canvas.getContext('2d').putImageData(picture, 0, 0);
  return canvas;
}
