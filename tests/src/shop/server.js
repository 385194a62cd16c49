'use strict';
// A small shop. What it does wrong, if anything, stands in behaviour.js.
const http = require('node:http');
const crypto = require('node:crypto');
const fs = require('node:fs');
const behaviour = require('./behaviour');

const started = Date.now();
const sockets = new Set();
let served = 0;
let ordered = 0;
let ending = false;

function log(level, message) {
  console.log(JSON.stringify({ level, time: new Date().toISOString(), message }));
}

function answer(response, status, body, headers) {
  const closing = ending ? { Connection: 'close' } : {};
  response.writeHead(status, { 'X-Release': behaviour.version, 'Content-Length': Buffer.byteLength(body), ...closing, ...headers });
  response.end(body);
}

function health(response) {
  const failing = behaviour.mode === 'never-healthy';
  const body = { status: failing ? 'the catalogue is still loading' : 'ok', timestamp: new Date().toISOString(), uptime: (Date.now() - started) / 1000 };
  answer(response, failing ? 503 : 200, JSON.stringify(body), { 'Content-Type': 'application/json' });
}

// The book of orders, which all releases share: a line for each order done, `KEY NUMBER RELEASE`. Appending a short line is
// atomic, so the line is the order. A request whose key is in the book was done before, and gets the answer of then.
function order(request, response, headers) {
  const key = request.headers['idempotency-key'];
  const parts = [];
  request.on('data', (part) => parts.push(part));
  request.on('end', () => {
    const lines = key && fs.existsSync(behaviour.orders) ? fs.readFileSync(behaviour.orders, 'utf8') : '';
    const done = lines.split('\n').find((line) => line.startsWith(`${key} `));
    const number = done ? done.split(' ')[1] : crypto.randomUUID();
    if (!done) {
      fs.appendFileSync(behaviour.orders, `${key || `plain-${request.headers['x-id']}`} ${number} ${behaviour.version}\n`);
      ordered += 1;
      // The worst moment: it is done, and nobody was told.
      if (behaviour.mode === 'crash-with-orders' && ordered > behaviour.after) process.exit(71);
    }
    answer(response, 200, Buffer.concat(parts), { ...headers, 'X-Order': number, ...(done ? { 'X-Repeated': 'yes' } : {}) });
  });
}

const server = http.createServer((request, response) => {
  const url = new URL(request.url, 'http://shop');
  if (url.pathname === '/health') return health(response);
  served += 1;
  const echo = request.headers['x-id'] ? { 'X-Id': request.headers['x-id'] } : {};
  const broken = behaviour.mode === 'errors' || (behaviour.mode === 'limps' && url.pathname !== '/slow');
  if (broken && served > behaviour.after) {
    log('error', 'the price list has no column "amount"');
    return answer(response, 500, 'broken\n', echo);
  }
  switch (url.pathname) {
    case '/version':
      return answer(response, 200, behaviour.version);
    case '/settings':
      return answer(response, 200, crypto.createHash('sha256').update(process.env.API_KEY || '').digest('hex'));
    case '/orders':
      return order(request, response, echo);
    case '/slow':
      return setTimeout(() => answer(response, 200, 'slow\n', echo), Number(url.searchParams.get('ms') || 1000));
    default:
      return answer(response, 200, `shop ${behaviour.version}\n`, echo);
  }
});

// WebSockets by RFC 6455: short text messages come back behind the version.
server.on('upgrade', (request, socket) => {
  const key = request.headers['sec-websocket-key'];
  const accept = crypto.createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
  socket.write(`HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nX-Release: ${behaviour.version}\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`);
  sockets.add(socket);
  let pending = Buffer.alloc(0);
  socket.on('data', (data) => {
    pending = Buffer.concat([pending, data]);
    while (pending.length >= 6) {
      const length = pending[1] & 0x7f;
      if (pending.length < 6 + length) return;
      const mask = pending.subarray(2, 6);
      const payload = Buffer.from(pending.subarray(6, 6 + length)).map((byte, at) => byte ^ mask[at % 4]);
      const opcode = pending[0] & 0x0f;
      pending = pending.subarray(6 + length);
      if (opcode === 8) return socket.end(frame(8, payload));
      if (opcode === 1 && socket.writable) socket.write(frame(1, Buffer.from(`${behaviour.version} ${payload}`)));
    }
  });
  socket.on('error', () => socket.destroy());
  socket.on('close', () => sockets.delete(socket));
  if (ending) goodbye(socket);
});

function frame(opcode, payload) {
  return Buffer.concat([Buffer.from([0x80 | opcode, payload.length]), payload]);
}

function goodbye(socket) {
  socket.end(frame(8, Buffer.from([0x03, 0xe9])));
}

process.on('SIGTERM', () => {
  ending = true;
  log('info', 'ending');
  server.close(() => process.exit(0));
  sockets.forEach(goodbye);
});

if (behaviour.mode === 'crash-at-boot') {
  log('error', 'cannot read the catalogue: no such file');
  process.exit(1);
}
const port = behaviour.mode === 'port-in-use' ? behaviour.port : Number(process.env.PORT || 3000);
server.listen(port, process.env.HOST || '127.0.0.1', () => log('info', `listening on ${port}`));

if (behaviour.mode === 'crash-later') {
  setTimeout(() => {
    log('error', 'the cache is corrupt');
    process.exit(70);
  }, behaviour.after);
}
if (behaviour.mode === 'memory') {
  const kept = [];
  setTimeout(() => setInterval(() => kept.push(Buffer.alloc(24 << 20, 1)), 50), behaviour.after);
}
