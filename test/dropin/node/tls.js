// tls.js - TLS and HTTPS with a certificate made for this run.
'use strict';
const assert = require('assert');
const { execFileSync } = require('child_process');
const fs = require('fs');
const https = require('https');
const { once } = require('events');
const tls = require('tls');

execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes',
  '-keyout', 'key.pem', '-out', 'cert.pem', '-days', '2', '-subj',
  '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'],
{ stdio: 'ignore' });
const key = fs.readFileSync('key.pem');
const cert = fs.readFileSync('cert.pem');

async function echo() {
  const server = tls.createServer({ key, cert }, (socket) => {
    socket.pipe(socket);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const client = tls.connect({
    port: server.address().port, host: '127.0.0.1', servername: 'localhost',
    ca: cert
  });
  await once(client, 'secureConnect');
  assert(client.authorized);
  const sent = Buffer.alloc(2 << 20, 's');
  client.end(sent);
  let size = 0;
  for await (const chunk of client) {
    size += chunk.length;
  }
  assert.strictEqual(size, sent.length);
  server.close();
}

async function secureWeb() {
  const server = https.createServer({ key, cert }, (req, res) => {
    res.end(`secure ${req.url}`);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const agent = new https.Agent({ keepAlive: true, maxSockets: 4, ca: cert });
  const all = [];
  for (let i = 0; i < 40; i++) {
    all.push(new Promise((resolve, reject) => {
      https.get({ agent, port: server.address().port, host: '127.0.0.1',
        servername: 'localhost', path: `/${i}` }, (res) => {
        let text = '';
        res.on('data', (chunk) => { text += chunk; });
        res.on('end', () => resolve(text));
      }).on('error', reject);
    }));
  }
  (await Promise.all(all)).forEach((text, i) => {
    assert.strictEqual(text, `secure /${i}`);
  });
  agent.destroy();
  server.close();
}

echo().then(secureWeb).then(() => console.log('ok'));
