// streams.js - back-pressure over TCP, half-close, errors, and a pipeline over
// files and the compressor, byte for byte.
'use strict';
const assert = require('assert');
const crypto = require('crypto');
const fs = require('fs');
const net = require('net');
const { pipeline } = require('stream/promises');
const { once } = require('events');
const zlib = require('zlib');

function hash(name) {
  return crypto.createHash('sha256').update(fs.readFileSync(name)).digest('hex');
}

async function files() {
  fs.writeFileSync('in', crypto.randomBytes(5 << 20));
  await pipeline(fs.createReadStream('in'), zlib.createGzip(),
    fs.createWriteStream('in.gz'));
  await pipeline(fs.createReadStream('in.gz'), zlib.createGunzip(),
    fs.createWriteStream('out'));
  assert.strictEqual(hash('in'), hash('out'));
}

// The writer must be told to wait, and every byte must come in its order.
async function backPressure() {
  const size = 16 << 20;
  const server = net.createServer({ allowHalfOpen: true }, (socket) => {
    socket.pause();
    setImmediate(() => socket.resume());
    let seen = 0;
    socket.on('data', (chunk) => {
      for (let i = 0; i < chunk.length; i += 4093) {
        assert.strictEqual(chunk[i], (seen + i) % 251);
      }
      seen += chunk.length;
    });
    socket.on('end', () => socket.end(`seen ${seen}`));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const client = net.connect(server.address().port, '127.0.0.1');
  const block = Buffer.alloc(1 << 16);
  let waited = 0;
  for (let sent = 0; sent < size; sent += block.length) {
    for (let i = 0; i < block.length; i++) {
      block[i] = (sent + i) % 251;
    }
    if (!client.write(Buffer.from(block))) {
      waited++;
      await once(client, 'drain');
    }
  }
  client.end();
  let answer = '';
  client.on('data', (chunk) => { answer += chunk; });
  await once(client, 'close');
  assert.strictEqual(answer, `seen ${size}`);
  assert(waited > 0);
  server.close();
}

async function errors() {
  const server = net.createServer();
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const port = server.address().port;
  await new Promise((resolve) => server.close(resolve));
  const [refused] = await once(net.connect(port, '127.0.0.1'), 'error')
    .catch((err) => [err]);
  assert.strictEqual(refused.code, 'ECONNREFUSED');
}

// A local socket, under a name in the file system.
async function local() {
  const server = net.createServer((socket) => socket.pipe(socket));
  await once(server.listen('./local.sock'), 'listening');
  const client = net.connect('./local.sock');
  client.end('through a name');
  let text = '';
  for await (const chunk of client) {
    text += chunk;
  }
  assert.strictEqual(text, 'through a name');
  await new Promise((resolve) => server.close(resolve));
  assert(!fs.existsSync('./local.sock'));
}

files().then(backPressure).then(errors).then(local).then(() => {
  console.log('ok');
});
