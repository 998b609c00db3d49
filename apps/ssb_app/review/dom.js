// Small helpers for the page's elements.
export const at = id => document.getElementById(id);

export function make(tag, facts = {}, ...children) {
  const { data, style, ...own } = facts;
  const element = Object.assign(document.createElement(tag), own);
  Object.assign(element.dataset, data);
  for (const [name, value] of Object.entries(style ?? {})) element.style.setProperty(name, value);
  element.append(...children);
  return element;
}

export function say(id, text) {
  const element = at(id);
  element.textContent = text;
  element.hidden = !text;
}

export const press = (id, on) => at(id).setAttribute('aria-pressed', String(on));

// Three figures at most, so that a volume reads as a measurement: 12.3, 4.56, 0.789.
export const figure = value => (value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2));

export const rgb = color => `rgb(${color.join(' ')})`;

export function sure(question) {
  const dialog = at('sure');
  at('sure-text').textContent = question;
  dialog.showModal();
  return new Promise(answer => {
    at('keep').onclick = () => dialog.close('keep');
    at('lose').onclick = () => dialog.close('lose');
    dialog.onclose = () => answer(dialog.returnValue === 'lose');
    dialog.returnValue = '';
  });
}
