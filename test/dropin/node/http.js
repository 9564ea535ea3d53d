// http.js - a server and many clients in one process: keep-alive, pipelined
// requests, chunked bodies, a body that is larger than any buffer.
'use strict';
const assert = require('assert');
const http = require('http');
const net = require('net');

const server = http.createServer((req, res) => {
  if (req.url === '/large') {
    res.end(Buffer.alloc(8 << 20, 'x'));
    return;
  }
  let size = 0;
  req.on('data', (chunk) => { size += chunk.length; });
  req.on('end', () => {
    res.setHeader('x-size', size);
    res.write('hello ');
    res.end(req.url);
  });
});

function get(agent, options) {
  return new Promise((resolve, reject) => {
    const req = http.request({ agent, port: server.address().port, ...options },
      (res) => {
        const parts = [];
        res.on('data', (chunk) => parts.push(chunk));
        res.on('end', () => resolve({ res, body: Buffer.concat(parts) }));
      });
    req.on('error', reject);
    req.end(options.body);
  });
}

function pipelined(count) {
  return new Promise((resolve, reject) => {
    const socket = net.connect(server.address().port, '127.0.0.1');
    let text = '';
    socket.on('error', reject);
    socket.on('data', (chunk) => { text += chunk; });
    socket.on('close', () => resolve(text));
    for (let i = 0; i < count; i++) {
      const last = i === count - 1 ? 'Connection: close\r\n' : '';
      socket.write(`GET /p${i} HTTP/1.1\r\nHost: x\r\n${last}\r\n`);
    }
  });
}

server.listen(0, '127.0.0.1', async () => {
  const agent = new http.Agent({ keepAlive: true, maxSockets: 32 });
  const all = [];
  for (let i = 0; i < 500; i++) {
    all.push(get(agent, { path: `/${i}` }));
  }
  (await Promise.all(all)).forEach(({ res, body }, i) => {
    assert.strictEqual(res.statusCode, 200);
    assert.strictEqual(body.toString(), `hello /${i}`);
  });
  const posted = await get(agent, {
    path: '/post', method: 'POST', body: Buffer.alloc(3 << 20, 'b')
  });
  assert.strictEqual(posted.res.headers['x-size'], String(3 << 20));
  const large = await get(agent, { path: '/large' });
  assert.strictEqual(large.body.length, 8 << 20);
  const text = await pipelined(20);
  for (let i = 0; i < 20; i++) {
    assert(text.includes(`/p${i}\r\n`), `answer ${i}`);
  }
  agent.destroy();
  server.close(() => console.log('ok'));
});
