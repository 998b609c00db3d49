// Who is logged in: their name is the rater's, and a button logs out. Where nobody logs in, the reader types a name.
import * as api from './api.js';
import { at } from './dom.js';
import { mayLose } from './mine.js';

export async function showLogin() {
  const { login, name, role } = await api.me();
  if (!login) return;
  at('login').hidden = false;
  Object.assign(at('login-name'), { textContent: name, title: `Logged in as ${role}` });
  Object.assign(at('rater'), { readOnly: true, value: name });
}

at('log-out').addEventListener('click', async () => {
  if (!(await mayLose())) return;
  await api.logOut();
  location.reload();
});
