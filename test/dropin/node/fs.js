// fs.js - what a program does with files, by promises, callbacks and at once.
'use strict';
const assert = require('assert');
const fs = require('fs');
const fsp = fs.promises;
const path = require('path');

async function refused(code, promise) {
  await assert.rejects(promise, (err) => {
    assert.strictEqual(err.code, code);
    return true;
  });
}

async function main() {
  const dir = await fsp.mkdtemp('tree-');
  const at = (name) => path.join(dir, name);
  await fsp.writeFile(at('a'), 'one\n');
  await fsp.appendFile(at('a'), 'two\n');
  assert.strictEqual(await fsp.readFile(at('a'), 'utf8'), 'one\ntwo\n');
  assert.strictEqual(fs.readFileSync(at('a'), 'utf8'), 'one\ntwo\n');

  const stat = await fsp.stat(at('a'), { bigint: true });
  assert.strictEqual(stat.size, 8n);
  assert(stat.isFile() && stat.mtimeNs > 0n);
  await fsp.utimes(at('a'), 1000.5, 2000.25);
  const changed = await fsp.stat(at('a'));
  assert.strictEqual(changed.atimeMs, 1000500);
  assert.strictEqual(changed.mtimeMs, 2000250);

  await fsp.symlink('a', at('link'));
  assert.strictEqual(await fsp.readlink(at('link')), 'a');
  assert((await fsp.lstat(at('link'))).isSymbolicLink());
  assert.strictEqual(await fsp.realpath(at('link')), path.resolve(at('a')));
  await fsp.link(at('a'), at('hard'));
  assert.strictEqual((await fsp.stat(at('hard'))).nlink, 2);

  await fsp.copyFile(at('a'), at('copy'));
  await refused('EEXIST',
    fsp.copyFile(at('a'), at('copy'), fs.constants.COPYFILE_EXCL));
  await fsp.rename(at('copy'), at('moved'));
  await fsp.truncate(at('moved'), 3);
  assert.strictEqual(await fsp.readFile(at('moved'), 'utf8'), 'one');
  await fsp.chmod(at('moved'), 0o600);
  assert.strictEqual((await fsp.stat(at('moved'))).mode & 0o777, 0o600);

  await fsp.mkdir(at('deep/er/est'), { recursive: true });
  for (let i = 0; i < 100; i++) {
    await fsp.writeFile(at(`deep/f${i}`), String(i));
  }
  assert.strictEqual((await fsp.readdir(at('deep'))).length, 101);
  const types = await fsp.readdir(dir, { withFileTypes: true });
  assert(types.find((entry) => entry.name === 'deep').isDirectory());
  let counted = 0;
  for await (const entry of await fsp.opendir(at('deep'))) {
    counted += entry.isFile();
  }
  assert.strictEqual(counted, 100);

  const file = await fsp.open(at('rw'), 'w+');
  await file.writev([Buffer.from('abc'), Buffer.from('def')]);
  const { buffer } = await file.read(Buffer.alloc(4), 0, 4, 1);
  assert.strictEqual(buffer.toString(), 'bcde');
  await file.sync();
  await file.datasync();
  await file.close();

  await refused('ENOENT', fsp.readFile(at('none')));
  await refused('EISDIR', fsp.readFile(dir));
  await refused('ENOTDIR', fsp.readdir(at('a')));
  await refused('ENOTEMPTY', fsp.rmdir(dir));
  await refused('ENOENT', fsp.access(at('none')));
  const many = [];
  for (let i = 0; i < 200; i++) {
    many.push(fsp.readFile(at(`deep/f${i % 100}`), 'utf8'));
  }
  assert.strictEqual((await Promise.all(many))[142], '42');
  await fsp.cp(at('deep'), at('twin'), { recursive: true });
  assert.strictEqual(fs.readdirSync(at('twin')).length, 101);
  await fsp.rm(dir, { recursive: true });
  assert(!fs.existsSync(dir));
  fs.stat('.', (err, here) => {
    assert(!err && here.isDirectory());
    console.log('ok');
  });
}

main();
