// timers.js - time-outs: order, intervals, unref, refresh; never early.
'use strict';
const assert = require('assert');

const order = [];
const start = process.hrtime.bigint();
for (const ms of [30, 10, 20, 10, 0]) {
  setTimeout(() => {
    const late = process.hrtime.bigint() - start;
    assert(late >= BigInt(Math.max(ms, 1)) * 1000000n - 1000000n, 'early');
    order.push(ms);
  }, ms);
}
const cleared = setTimeout(() => assert.fail('was cleared'), 5);
clearTimeout(cleared);
setTimeout(() => assert.fail('was not waited for'), 1 << 30).unref();

let ticks = 0;
const interval = setInterval(() => {
  if (++ticks === 5) {
    clearInterval(interval);
  }
}, 2);

let refreshed = 0;
const timer = setTimeout(() => {
  if (++refreshed < 3) {
    timer.refresh();
  }
}, 3);

for (let i = 0; i < 10000; i++) {
  setTimeout(() => { order.many = (order.many || 0) + 1; }, i % 40);
}
process.on('exit', () => {
  assert.deepStrictEqual([...order], [0, 10, 10, 20, 30]);
  assert.strictEqual(ticks, 5);
  assert.strictEqual(refreshed, 3);
  assert.strictEqual(order.many, 10000);
  console.log('ok');
});
