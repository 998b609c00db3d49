// Requests to our own routes; every failure is one sentence for the reader.
const root = new URL('../', import.meta.url);

export const address = path => new URL(path, root).href;

export class Failure extends Error {}

export async function ask(path, options) {
  let answer;
  try {
    answer = await fetch(address(path), options);
  } catch {
    throw new Failure('The server does not answer: see that it runs, then try again.');
  }
  if (answer.ok) return answer;
  if (answer.status === 401) {
    throw new Failure(`Your login has ended: log in at ${address('login')} in another tab, then do this again. Nothing here is lost.`);
  }
  throw new Failure((await detail(answer)) ?? `The server answered with status ${answer.status}.`);
}

async function detail(answer) {
  try {
    const told = (await answer.json()).detail;
    return typeof told === 'string' ? told : null;
  } catch {
    return null;
  }
}

export const json = async (path, options) => (await ask(path, options)).json();

export const bytes = async path => new Uint8Array(await (await ask(path)).arrayBuffer());

const part = encodeURIComponent;

export const me = () => json('me');
export const logOut = () => ask('logout', { method: 'POST' });
export const images = () => json('images');
export const volume = async image => (await ask(`images/${part(image)}/volume.nii`)).arrayBuffer();
export const annotations = image => json(`annotations/${part(image)}`);
export const review = id => json(`sample_sets/${part(id)}/review`);
export const masks = id => bytes(`sample_sets/${part(id)}/masks`);

export const download = (id, file) => address(`sample_sets/${part(id)}${file}`);

// By which the server knows this page when it lets those who ask take turns.
const client = `page-${Math.random().toString(36).slice(2)}`;

// The answer of a click, told line by line while it is made: onShare is told how far it is, onEarly what the samples so far say.
export async function sample(order, { onShare, onEarly, signal }) {
  const answer = await ask('sample_sets/stream', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ ...order, client_id: client }),
    signal,
  });
  for await (const line of lines(answer.body)) {
    if (line.error) throw new Failure(line.error.detail);
    if (line.summary) return line.summary;
    onShare(line.done, line.samples);
    if (line.masks) onEarly({ ...line, masks: Uint8Array.from(atob(line.masks), letter => letter.charCodeAt(0)) });
  }
  throw new Failure('The server stopped before its answer was whole: try again.');
}

async function* lines(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = '';
  for (;;) {
    let read;
    try {
      read = await reader.read();
    } catch {
      return;
    }
    if (read.done) return;
    const parts = (rest + read.value).split('\n');
    rest = parts.pop();
    for (const part of parts) yield JSON.parse(part);
  }
}

export async function submit(image, mask, facts) {
  const packed = new Response(new Blob([mask]).stream().pipeThrough(new CompressionStream('gzip')));
  const form = new FormData();
  form.append('file', await packed.blob(), 'annotation.nii.gz');
  for (const [name, value] of Object.entries(facts)) form.append(name, value);
  return json(`annotations/${part(image)}`, { method: 'POST', body: form });
}
