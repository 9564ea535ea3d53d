// watch.js - fs.watch on a file and on a directory, and fs.watchFile.
'use strict';
const assert = require('assert');
const fs = require('fs');

// Call |act| until |seen| has been called; a watcher may begin a little later
// than it returns.
function until(act, start) {
  return new Promise((resolve) => {
    const again = setInterval(act, 20);
    start(() => {
      clearInterval(again);
      resolve();
    });
    act();
  });
}

async function main() {
  let count = 0;
  fs.mkdirSync('dir');
  fs.writeFileSync('dir/file', '');

  let watcher;
  const names = new Set();
  await until(() => fs.writeFileSync(`dir/new${count++}`, 'x'), (seen) => {
    watcher = fs.watch('dir', (event, name) => {
      assert(event === 'rename' || event === 'change');
      names.add(name);
      if (names.size === 3) {
        seen();
      }
    });
  });
  watcher.close();
  assert(names.has('new0'));

  await until(() => fs.appendFileSync('dir/file', 'more'), (seen) => {
    watcher = fs.watch('dir/file', (event, name) => {
      assert.strictEqual(name, 'file');
      if (event === 'change') {
        seen();
      }
    });
  });
  watcher.close();

  await until(() => fs.appendFileSync('dir/file', 'more'), (seen) => {
    fs.watchFile('dir/file', { interval: 10 }, (now, before) => {
      assert(now.size > before.size);
      seen();
    });
  });
  fs.unwatchFile('dir/file');
  assert.throws(() => fs.watch('none'), { code: 'ENOENT' });
  console.log('ok');
}

main();
