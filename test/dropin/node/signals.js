// signals.js - signals to ourselves, once and again, and back to the default.
'use strict';
const assert = require('assert');
const { spawnSync } = require('child_process');
const { once } = require('events');

async function main() {
  const alive = setInterval(() => {}, 1000);
  let seen = 0;
  process.on('SIGUSR2', () => { seen++; });
  for (let i = 0; i < 20; i++) {
    const heard = once(process, 'SIGUSR2');
    process.kill(process.pid, 'SIGUSR2');
    await heard;
  }
  assert.strictEqual(seen, 20);
  process.removeAllListeners('SIGUSR2');
  const twice = Promise.all([once(process, 'SIGHUP'), once(process, 'SIGTERM')]);
  process.kill(process.pid, 'SIGHUP');
  process.kill(process.pid, 'SIGTERM');
  await twice;
  clearInterval(alive);

  const child = spawnSync(process.execPath, ['-e',
    'process.once("SIGINT", () => process.kill(process.pid, "SIGINT"));' +
    'setInterval(() => {}, 1000); process.kill(process.pid, "SIGINT")']);
  assert.strictEqual(child.signal, 'SIGINT');
  assert.throws(() => process.kill(process.pid, 'SIGNONE'));
  console.log('ok');
}

main();
