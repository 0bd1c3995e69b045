// SPDX-License-Identifier: Apache-2.0
'use strict';

const $ = id => document.getElementById(id);
const REFRESH_MILLIS = 2000;
const LOG_LINES = 8;
const BURST = 20;

// No emoji: not every machine has a font with them.
const PICTURES = {
  tea: 'M4 10c4-6 12-6 16-6 0 8-3 15-10 14-4-.5-6-4-6-8zm-1 11L13 10',
  cup: 'M4 6h12v7a5 5 0 0 1-5 5H9a5 5 0 0 1-5-5zm12 2h2a2.5 2.5 0 0 1 0 6h-2M4 21h13',
  pot: 'M5 9h13v7a4 4 0 0 1-4 4H9a4 4 0 0 1-4-4zm0 3L2 9m16 2 4-3M8 9a4 4 0 0 1 7 0M11.5 6V4',
  tin: 'M6 8h12v12H6zM5 4h14v4H5zM9 13h6'
};

const total = { requests: 0, calls: 0, read: 0, write: 0 };
const otherTabs = 'BroadcastChannel' in window ? new BroadcastChannel('dynamosession-demo') : null;
let state = null;
let numbered = 0;
let shown = 0;

const euros = cents => new Intl.NumberFormat('en', { style: 'currency', currency: 'EUR' }).format(cents / 100);
const number = value => Number(Number(value).toFixed(2)).toString();

function element(tag, className, text) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}

// Talking to the nodes

async function call(method, path, values) {
  const order = ++numbered;
  const begin = performance.now();
  let response;
  try {
    response = await fetch(path, { method, body: values && new URLSearchParams(values) });
  } catch (e) {
    failed(method, path, 'no answer');
    return null;
  }
  const cost = {
    node: response.headers.get('X-Demo-Node') || '?',
    calls: Number(response.headers.get('X-Demo-Calls')),
    read: Number(response.headers.get('X-Demo-Read-Units')),
    write: Number(response.headers.get('X-Demo-Write-Units'))
  };
  if (!response.ok) {
    failed(method, path, response.status === 502 ? 'the node was lost' : String(response.status));
    return null;
  }
  const answer = await response.json();
  book(method, path, cost, performance.now() - begin);
  notice('');
  // Answers may overtake each other; an older one tells nothing new.
  if (order > shown) {
    shown = order;
    state = answer;
    show();
  }
  return answer;
}

function book(method, path, cost, millis) {
  total.requests++;
  total.calls += cost.calls;
  total.read += cost.read;
  total.write += cost.write;
  row('last', [1, cost.calls, number(cost.read), number(cost.write)]);
  $('last').children[0].textContent = 'last, node ' + cost.node;
  row('sum', [total.requests, total.calls, number(total.read), number(total.write)]);
  const line = element('li');
  line.append(
    element('span', 'node', cost.node),
    element('span', 'path', method + ' ' + path),
    element('span', 'price', cost.calls ? price(cost) : 'free'),
    element('span', 'millis', millis.toFixed(0) + ' ms'));
  log(line);
  for (const node of $('nodes').children) node.classList.toggle('answered', node.dataset.name === cost.node);
}

function price(cost) {
  const parts = [];
  if (cost.read) parts.push(number(cost.read) + ' R');
  if (cost.write) parts.push(number(cost.write) + ' W');
  return parts.join(' + ') || cost.calls + ' calls';
}

function failed(method, path, why) {
  const line = element('li');
  line.append(element('span', 'node', '–'), element('span', 'path', method + ' ' + path), element('span', 'failed', why));
  log(line);
  notice(why === 'no answer' || why === '503'
    ? 'No node answers. Bring one back: the session is in the table.'
    : 'The last request failed: ' + why + '.');
}

function log(line) {
  $('log').prepend(line);
  while ($('log').children.length > LOG_LINES) $('log').lastChild.remove();
}

function row(id, values) {
  values.forEach((value, i) => { $(id).children[i + 1].textContent = value; });
}

function notice(text) {
  $('notice').textContent = text;
  $('notice').hidden = !text;
}

// Clicks and looks run side by side. What makes a session or changes its id runs alone: a request that went out
// with the cookie of before would make another session, or find that its id is gone.

let alone = null;
const together = new Set();

async function sideBySide(method, path, values) {
  const running = call(method, path, values);
  together.add(running);
  try {
    return await running;
  } finally {
    together.delete(running);
  }
}

async function change(path, values) {
  while (alone) await alone;
  let answer;
  if (path === 'api/cart' && state && state.session) {
    answer = await sideBySide('POST', path, values);
  } else {
    alone = Promise.all(together).then(() => call('POST', path, values));
    try {
      answer = await alone;
    } finally {
      alone = null;
    }
  }
  if (answer && otherTabs) otherTabs.postMessage('changed');
  return answer;
}

async function refresh() {
  while (alone) await alone;
  return sideBySide('GET', 'api/state');
}

// Showing the state

function show() {
  const loggedIn = Boolean(state.user);
  $('who').hidden = !loggedIn;
  $('login').hidden = loggedIn;
  $('user').textContent = state.user || '';
  $('session').textContent = state.session || '';
  if (!$('products').children.length) state.products.forEach(product => $('products').append(productLine(product)));
  $('cart').replaceChildren(...state.lines.map(cartLine));
  if (state.moreLines) $('cart').append(element('li', 'more', 'and ' + state.moreLines + ' more lines'));
  $('cart-empty').hidden = state.lines.length > 0;
  $('items').textContent = state.items;
  $('items').nextSibling.textContent = state.items === 1 ? ' item' : ' items';
  $('total').textContent = state.items ? euros(state.totalCents) : '';
}

function productLine(product) {
  const line = element('li');
  const picture = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  picture.setAttribute('viewBox', '0 0 24 24');
  picture.setAttribute('aria-hidden', 'true');
  const path = document.createElementNS('http://www.w3.org/2000/svg', 'path');
  path.setAttribute('d', PICTURES[product.sku] || '');
  picture.append(path);
  const name = element('div', 'name', product.title);
  name.append(element('small', '', euros(product.cents)));
  const add = element('button', '', 'Add');
  add.setAttribute('aria-label', 'Add ' + product.title + ' to the cart');
  add.dataset.sku = product.sku;
  add.addEventListener('click', () => change('api/cart', { sku: product.sku, by: '1' }));
  line.append(picture, name, add);
  return line;
}

function cartLine(line) {
  const item = element('li');
  item.dataset.sku = line.sku;
  item.append(element('div', 'name', line.title));
  const known = state.products.some(product => product.sku === line.sku);
  if (known) item.append(step(line, '-1', '−', 'One less: '));
  item.append(element('span', 'quantity', line.quantity));
  if (known) item.append(step(line, '1', '+', 'One more: '));
  item.append(element('span', 'sum', euros(line.quantity * line.cents)));
  return item;
}

function step(line, by, sign, label) {
  const button = element('button', 'step', sign);
  button.setAttribute('aria-label', label + line.title);
  button.addEventListener('click', () => change('api/cart', { sku: line.sku, by }));
  return button;
}

// The nodes: asked from the front door, at no cost for the session

async function nodes() {
  let list;
  try {
    const response = await fetch('demo/nodes');
    list = response.ok ? await response.json() : null;
  } catch (e) {
    list = [];
  }
  const place = $('nodes');
  if (list === null) {
    const line = element('li', '');
    line.dataset.name = state ? state.node : '';
    const what = element('div', 'what', 'This is one node alone. ');
    const link = element('a', '', 'The front door has both.');
    if (state) link.href = location.protocol + '//' + location.hostname + ':' + state.front + '/';
    what.append(link);
    line.append(element('span', 'letter', state ? state.node : '?'), what);
    place.replaceChildren(line);
    return;
  }
  if (!list.length) {
    if (!$('notice').textContent) notice('The demo has ended.');
    return;
  }
  const known = [...place.children].map(line => line.dataset.name + line.dataset.state + line.dataset.pid).join();
  if (known === list.map(node => node.name + node.state + node.pid).join()) return;
  const answered = place.querySelector('.answered');
  place.replaceChildren(...list.map(node => nodeLine(node, answered && answered.dataset.name)));
}

function nodeLine(node, answered) {
  const line = element('li', node.state + (node.name === answered && node.state === 'running' ? ' answered' : ''));
  Object.assign(line.dataset, { name: node.name, state: node.state, pid: node.pid });
  const what = element('div', 'what');
  what.append(element('b', '', { running: 'Running', starting: 'Starting …', stopped: 'Gone' }[node.state]));
  what.append(element('small', '', 'port ' + node.port + (node.pid ? ', process ' + node.pid : '')));
  const stopped = node.state === 'stopped';
  const button = element('button', stopped ? 'primary' : 'danger', stopped ? 'Bring back' : 'Kill');
  button.setAttribute('aria-label', (stopped ? 'Bring back node ' : 'Kill node ') + node.name);
  button.disabled = node.state === 'starting';
  button.addEventListener('click', async () => {
    button.disabled = true;
    try {
      await fetch('demo/nodes/' + node.name + (stopped ? '/start' : '/kill'), { method: 'POST' });
    } catch (e) {
      notice('The demo has ended.');
    }
    await settle();
  });
  line.append(element('span', 'letter', node.name), what, button);
  return line;
}

async function settle() {
  for (let i = 0; i < 4; i++) {
    await nodes();
    await new Promise(done => setTimeout(done, 150));
  }
  await refresh();
}

// Twenty changes of one attribute at the same time: none may be lost

async function burst() {
  $('burst').disabled = true;
  const sku = state.products[0].sku;
  const quantity = answer => (answer.lines.find(line => line.sku === sku) || { quantity: 0 }).quantity;
  const before = await refresh();
  const answers = await Promise.all(Array.from({ length: BURST }, () => change('api/cart', { sku, by: '1' })));
  const after = await refresh();
  if (before && after) {
    const sent = answers.filter(Boolean).length;
    $('burst-result').textContent =
      sent + ' clicks at once, ' + (quantity(after) - quantity(before)) + ' more in the cart.'
      + (sent < BURST ? ' A click that had no answer may have arrived all the same.' : '');
  }
  $('burst').disabled = false;
}

$('login-form').addEventListener('submit', event => {
  event.preventDefault();
  change('api/login', { user: $('name').value });
});
$('logout').addEventListener('click', () => change('api/logout', {}));
$('burst').addEventListener('click', burst);
if (otherTabs) otherTabs.addEventListener('message', refresh);
// Back to a page that the browser kept: it may show somebody who has logged out since.
window.addEventListener('pageshow', event => { if (event.persisted) refresh(); });
document.addEventListener('visibilitychange', () => { if (!document.hidden) refresh(); });
setInterval(() => { if (!document.hidden && $('live').checked && state && state.session) refresh(); }, REFRESH_MILLIS);
setInterval(() => { if (!document.hidden) nodes(); }, REFRESH_MILLIS);
refresh().then(nodes);
