// What changes the experiment: actions with the service's token.

import {getToken, post, setToken} from './api.js';
import {h, newId, toast} from './dom.js';
import {hasEnded, isActive, stateName} from './format.js';

// A dialog; resolves to what was chosen, null when it was left.
function ask(title, contents, button) {
  return new Promise((resolve) => {
    const heading = newId('dialog');
    const dialog = h('dialog', {'aria-labelledby': heading},
                     h('form', {method: 'dialog'}, h('h2', {id: heading}, title), contents,
                       h('div', {class: 'buttons'},
                         // Of no form's type, else Enter would press it.
                         h('button', {type: 'button', class: 'quiet',
                                      onclick: () => dialog.close()}, 'Back'),
                         h('button', {value: 'yes', class: 'primary'}, button))));
    dialog.addEventListener('close', () => {
      const data = new FormData(dialog.querySelector('form'));
      dialog.remove();
      resolve(dialog.returnValue === 'yes' ? data : null);
    });
    document.body.append(dialog);
    dialog.showModal();
  });
}

// Asks for the token, or forgets it. Resolves to whether there is one.
export async function askToken() {
  if (getToken()) {
    setToken('');
    document.dispatchEvent(new Event('tokenchange'));
    toast('Locked: this page only looks.');
    return false;
  }
  const id = newId('token');
  const data = await ask('Token of the service', [
    h('p', null, 'It is in ', h('code', null, '~/.vagram/token'), ' (or ',
      h('code', null, '$VAGRAM_HOME/token'), ') and is forgotten when this tab is closed.'),
    h('label', {for: id}, 'Token'),
    h('input', {id, name: 'token', type: 'password', required: true, autocomplete: 'off',
                spellcheck: 'false'}),
  ], 'Unlock');
  if (!data) return false;
  setToken(data.get('token').trim());
  document.dispatchEvent(new Event('tokenchange'));
  return true;
}

const kActions = {
  pause: ['Pause', 'A checkpoint is saved, then the processes end. Resume goes on from there.'],
  resume: ['Resume', 'Paused trials are queued again, and failed ones with all their restarts.'],
  preempt: ['Preempt', 'A checkpoint is saved, then the trial is queued again.'],
  cancel: ['Cancel', 'Unfinished trials end for good, without a checkpoint.'],
};

async function act(action, path, what) {
  const [name, effect] = kActions[action];
  if (!getToken() && !await askToken()) return;
  if (!await ask(`${name} ${what}?`, h('p', null, effect), name)) return;
  try {
    await post(`${path}/${action}`);
    toast(`${name}: done.`);
  } catch (error) {
    const refused = error.status === 401;
    if (refused) {
      setToken('');
      document.dispatchEvent(new Event('tokenchange'));
    }
    toast(refused ? 'The service refuses this token; nothing was changed.' : error.message, true);
  }
}

// The buttons for an experiment or trial; `update(states)` shows those that can do something.
export function actions(path, what) {
  const buttons = {};
  for (const [action, [name, effect]] of Object.entries(kActions)) {
    buttons[action] = h('button', {
      type: 'button', title: effect, class: action === 'cancel' ? 'danger' : null,
      onclick: () => act(action, path, what),
    }, name);
  }
  const group = h('div', {class: 'actions', role: 'group', 'aria-label': `Actions on ${what}`},
                  Object.values(buttons));
  return {
    element: group,
    update(states) {
      const some = (test) => states.some(test);
      buttons.pause.disabled = !some((s) => !hasEnded(s) && stateName(s) !== 'paused');
      buttons.resume.disabled = !some((s) => ['paused', 'failed'].includes(stateName(s)));
      buttons.preempt.disabled = !some(isActive);
      buttons.cancel.disabled = !some((s) => !hasEnded(s));
    },
  };
}
