// zlib.js - compression and passwords on the pool's threads, all at once.
'use strict';
const assert = require('assert');
const crypto = require('crypto');
const zlib = require('zlib');
const { promisify } = require('util');

async function main() {
  const data = crypto.randomBytes(1 << 18).toString('base64');
  const all = [];
  for (let i = 0; i < 24; i++) {
    all.push(promisify(zlib.deflate)(data)
      .then(promisify(zlib.inflate))
      .then((back) => assert.strictEqual(String(back), data)));
    all.push(promisify(zlib.brotliCompress)(data.slice(0, 4096))
      .then(promisify(zlib.brotliDecompress)));
    all.push(promisify(crypto.pbkdf2)('word', 'salt', 500, 32, 'sha256'));
    all.push(promisify(crypto.randomBytes)(256));
  }
  await Promise.all(all);
  console.log('ok');
}

main();
