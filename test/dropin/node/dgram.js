// dgram.js - datagrams: an echo, connected sockets, sizes, and groups.
'use strict';
const assert = require('assert');
const dgram = require('dgram');
const { once } = require('events');

async function echo() {
  const server = dgram.createSocket('udp4');
  server.on('message', (data, from) => {
    server.send(data, from.port, from.address);
  });
  server.bind(0, '127.0.0.1');
  await once(server, 'listening');
  const client = dgram.createSocket('udp4');
  client.connect(server.address().port, '127.0.0.1');
  await once(client, 'connect');
  for (const size of [0, 1, 1400, 60000]) {
    client.send(Buffer.alloc(size, 'd'));
    const [data] = await once(client, 'message');
    assert.strictEqual(data.length, size);
  }
  client.send([Buffer.from('in '), Buffer.from('parts')]);
  assert.strictEqual(String((await once(client, 'message'))[0]), 'in parts');
  client.setRecvBufferSize(1 << 16);
  assert(client.getRecvBufferSize() >= 1 << 16);
  await assert.rejects(new Promise((resolve, reject) => {
    client.send(Buffer.alloc(70000), (err) => (err ? reject(err) : resolve()));
  }), { code: 'EMSGSIZE' });
  client.close();
  server.close();
}

async function group() {
  const socket = dgram.createSocket({ type: 'udp4', reuseAddr: true });
  socket.bind(0);
  await once(socket, 'listening');
  socket.addMembership('239.1.2.3', '127.0.0.1');
  socket.setMulticastInterface('127.0.0.1');
  socket.setMulticastLoopback(true);
  socket.setMulticastTTL(1);
  socket.setBroadcast(true);
  socket.dropMembership('239.1.2.3', '127.0.0.1');
  socket.close();
  await once(socket, 'close');
}

echo().then(group).then(() => console.log('ok'));
