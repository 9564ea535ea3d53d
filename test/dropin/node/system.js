// system.js - what the system says of itself, and of this process.
'use strict';
const assert = require('assert');
const os = require('os');
const path = require('path');

assert(os.cpus().length >= 1 && os.cpus()[0].model.length > 0);
assert(os.totalmem() > os.freemem() && os.freemem() > 0);
assert.strictEqual(os.loadavg().length, 3);
assert(os.uptime() > 0 && process.uptime() > 0);
assert(os.hostname().length > 0);
assert(path.isAbsolute(os.homedir()) && path.isAbsolute(os.tmpdir()));
assert.strictEqual(os.userInfo().uid, process.getuid());
assert.strictEqual(os.type(), 'Linux');
assert(os.networkInterfaces().lo.some(({ address }) =>
  address === '127.0.0.1'));
const lower = Math.min(os.getPriority() + 1, 19);
os.setPriority(lower);
assert.strictEqual(os.getPriority(), lower);
assert(path.isAbsolute(process.execPath));
assert.strictEqual(process.cwd(), process.env.PWD);
process.chdir('/');
assert.strictEqual(process.cwd(), '/');
process.title = 'dropin';
assert.strictEqual(process.title, 'dropin');
const usage = process.resourceUsage();
assert(usage.userCPUTime > 0 && usage.maxRSS > 0);
assert(process.memoryUsage().rss > 1 << 20);
assert(process.hrtime.bigint() > 0n);
assert.strictEqual(process.versions.uv.split('.')[0], '1');
console.log('ok');
