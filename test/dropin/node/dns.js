// dns.js - names through the pool, and through a resolver of Node's own that
// watches sockets which are not the loop's.
'use strict';
const assert = require('assert');
const dgram = require('dgram');
const dns = require('dns');
const { once } = require('events');

// An answer of one A record, 10.1.2.3, to any question.
function answer(question) {
  const head = Buffer.from(question.subarray(0, 12));
  const end = question.indexOf(0, 12) + 5;
  head.writeUInt16BE(0x8180, 2);
  head.writeUInt16BE(1, 6);
  head.writeUInt16BE(0, 10);
  return Buffer.concat([head, question.subarray(12, end),
    Buffer.from('c00c00010001000000050004', 'hex'), Buffer.from([10, 1, 2, 3])]);
}

async function main() {
  const local = await dns.promises.lookup('localhost', { all: true });
  assert(local.some(({ address }) =>
    address === '127.0.0.1' || address === '::1'));
  const number = await dns.promises.lookup('192.0.2.7');
  assert.deepStrictEqual(number, { address: '192.0.2.7', family: 4 });
  await assert.rejects(dns.promises.lookup('no.such.name.invalid'),
    (err) => err.code === 'ENOTFOUND' || err.code === 'EAI_AGAIN');
  const service = await dns.promises.lookupService('127.0.0.1', 80);
  assert(service.service === 'http' || service.service === '80');

  const server = dgram.createSocket('udp4');
  server.on('message', (question, from) => {
    server.send(answer(question), from.port, from.address);
  });
  server.bind(0, '127.0.0.1');
  await once(server, 'listening');
  const resolver = new dns.promises.Resolver();
  resolver.setServers([`127.0.0.1:${server.address().port}`]);
  const all = [];
  for (let i = 0; i < 50; i++) {
    all.push(resolver.resolve4(`name${i}.example.org`));
  }
  for (const addresses of await Promise.all(all)) {
    assert.deepStrictEqual(addresses, ['10.1.2.3']);
  }
  server.close();
  console.log('ok');
}

main();
