// worker.js - threads, each with a loop: messages, shared memory, an end from
// inside and from outside.
'use strict';
const assert = require('assert');
const { once } = require('events');
const fs = require('fs');
const { Worker, isMainThread, parentPort, workerData } =
  require('worker_threads');

if (isMainThread) {
  main();
} else {
  const cells = new Int32Array(workerData.shared);
  parentPort.on('message', (message) => {
    if (message === 'end') {
      process.exit(5);
    }
    Atomics.add(cells, 0, message);
    fs.readFile(__filename, () => {
      setTimeout(() => parentPort.postMessage(Atomics.load(cells, 0)), 1);
    });
  });
}

async function main() {
  const shared = new SharedArrayBuffer(4);
  const workers = [];
  for (let i = 0; i < 6; i++) {
    workers.push(new Worker(__filename, { workerData: { shared } }));
  }
  await Promise.all(workers.map(async (worker) => {
    for (let i = 1; i <= 10; i++) {
      worker.postMessage(i);
      await once(worker, 'message');
    }
  }));
  assert.strictEqual(new Int32Array(shared)[0], 6 * 55);
  workers[0].postMessage('end');
  assert.deepStrictEqual(await once(workers[0], 'exit'), [5]);
  await Promise.all(workers.slice(1).map((worker) => worker.terminate()));
  console.log('ok');
}
