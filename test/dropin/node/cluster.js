// cluster.js - processes that share a listening socket, by both schedules.
'use strict';
const assert = require('assert');
const cluster = require('cluster');
const http = require('http');
const { once } = require('events');

if (process.env.SCHEDULE === 'none') {
  cluster.schedulingPolicy = cluster.SCHED_NONE;
}

function get(port) {
  return new Promise((resolve, reject) => {
    http.get({ port, host: '127.0.0.1', agent: false }, (res) => {
      let text = '';
      res.on('data', (chunk) => { text += chunk; });
      res.on('end', () => resolve(text));
    }).on('error', reject);
  });
}

async function main() {
  cluster.setupPrimary({ silent: false });
  const workers = [cluster.fork(), cluster.fork()];
  const [[one], [two]] = await Promise.all(
    workers.map((worker) => once(worker, 'listening')));
  assert.strictEqual(one.port, two.port);
  const pids = new Set(workers.map((worker) => String(worker.process.pid)));
  for (let i = 0; i < 20; i++) {
    assert(pids.has(await get(one.port)));
  }
  const ended = workers.map((worker) => once(worker, 'exit'));
  workers.forEach((worker) => worker.disconnect());
  await Promise.all(ended);
  console.log('ok');
}

if (cluster.isPrimary) {
  main();
} else {
  http.createServer((req, res) => res.end(String(process.pid)))
    .listen(0, '127.0.0.1');
}
