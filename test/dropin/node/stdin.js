// stdin.js - standard input and output as pipes, a file, and a terminal.
'use strict';
const assert = require('assert');
const fs = require('fs');
const tty = require('tty');

if (process.argv[2] === 'terminal') {
  assert(tty.isatty(0) && process.stdin.isTTY && process.stdout.isTTY);
  assert(process.stdout.columns > 0);
  process.stdin.setRawMode(true);
  process.stdout.write('raw\n');
  process.stdin.on('data', (data) => {
    process.stdin.setRawMode(false);
    process.stdin.pause();
    console.log(`got ${JSON.stringify(String(data))}`);
  });
} else {
  let text = '';
  process.stdin.on('data', (data) => { text += data; });
  process.stdin.on('end', () => {
    process.stdout.write(`read ${text.length} bytes\n`);
    fs.writeSync(2, '');
  });
}
