// What the panel asks of the server, under the annotator's own address: the viewer passes it on and says whose it is.

const POLL_MS = 250;
// By which the server lets viewers take turns: all come from the viewer's own address.
const CLIENT = Array.from(crypto.getRandomValues(new Uint8Array(8)), byte => byte.toString(16)).join('');
const root = () => `${window.config.routerBasename}/ssb`;

/** The server's answer; an Error with its sentence where it refuses. */
async function ask(path, init) {
  let answer;
  try {
    answer = await fetch(`${root()}/${path}`, init);
  } catch {
    throw new Error('The viewer does not answer: see that it still runs.');
  }
  if (!answer.ok) {
    const told = await answer.json().catch(() => ({}));
    throw new Error(told.detail ?? `The server answers with status ${answer.status}.`);
  }
  return answer;
}

const order = body => ({ method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) });

/** The summary of the sample set at a point (LPS mm); `onProgress` is told the share that is done, null while others are served first. */
export async function sample(image, point, onProgress) {
  const word = Array.from(crypto.getRandomValues(new Uint8Array(8)), byte => byte.toString(16)).join('');
  let waiting = true;
  const timer = setInterval(async () => {
    const { running, done } = await ask(`progress/${word}`).then(answer => answer.json(), () => ({}));
    if (waiting) {
      onProgress(running && done > 0 ? done : null);
    }
  }, POLL_MS);
  try {
    return await (await ask('sample_sets', order({ image, point_mm: point, progress: word, client_id: CLIENT }))).json();
  } finally {
    waiting = false;
    clearInterval(timer);
  }
}

/** The layered .seg.nrrd of a sample set. */
export const layers = async id => (await ask(`sample_sets/${id}/samples.seg.nrrd`)).arrayBuffer();

/** Store a sample set in the PACS; true where it was not there before. */
export const store = async id =>
  Object.values(await (await ask(`sample_sets/${id}/dicom`, order({}))).json()).some(one => one.stored);

/** Submit a mask as the annotator whose address this is; the record with its version. */
export async function submit(image, file, origin) {
  const form = new FormData();
  form.append('file', file, 'annotation.nrrd');
  Object.entries(origin).forEach(([name, value]) => form.append(name, value));
  return (await ask(`annotations/${encodeURIComponent(image)}`, { method: 'POST', body: form })).json();
}
