// Keyboard shortcuts, and the overlay that lists them.
import { at, make } from './dom.js';

const MOUSE = [
  ['Click', 'sample at this point; afterwards, move the crosshair'],
  ['Shift-click, Alt-click', 'this belongs to the lesion, this does not'],
  ['Wheel', 'through the slices; with Ctrl zoom'],
  ['Right drag', 'window; middle drag: move the image'],
];

// actions: [[keys, text, run], ...]; keys as KeyboardEvent.key gives them, letters in lower case.
export function listen(actions) {
  const runs = new Map(actions.flatMap(([keys, , run]) => keys.map(key => [key, run])));
  window.addEventListener('keydown', event => {
    const typing = event.target.matches('input:not([type=range]):not([type=checkbox]), textarea');
    const own = event.target.matches('input[type=range]') && event.key.startsWith('Arrow');
    const pressing = event.key === 'Enter' && event.target.matches('button, a, summary');
    const strip = event.target.id === 'slices' && event.key.startsWith('Arrow');
    if (typing || own || pressing || strip || event.altKey || event.metaKey || document.querySelector('dialog[open]')) return;
    const key = `${event.ctrlKey ? 'Ctrl+' : ''}${event.key.length === 1 ? event.key.toLowerCase() : event.key}`;
    const run = runs.get(key);
    if (!run) return;
    event.preventDefault();
    run(event);
  }, true);
  const entries = [...actions.map(([keys, text]) => [keys.map(shown).join(' '), text]), ...MOUSE];
  at('keys').replaceChildren(...entries.map(([keys, text]) => make('div', {}, make('dt', { textContent: keys }), make('dd', { textContent: text }))));
  at('open-help').addEventListener('click', help);
  at('close-help').addEventListener('click', () => at('help').close());
}

export function help() {
  at('help').showModal();
}

const NAMES = { ArrowLeft: '←', ArrowRight: '→', ArrowUp: '↑', ArrowDown: '↓', PageUp: 'Page ↑', PageDown: 'Page ↓' };

const shown = key => NAMES[key] ?? (key.length === 1 ? key.toUpperCase() : key);
