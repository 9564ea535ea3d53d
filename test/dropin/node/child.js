// child.js - child processes: output, input, exit codes, signals, errors,
// environment, many at once, and a socket that is handed over.
'use strict';
const assert = require('assert');
const { exec, execFile, execFileSync, fork, spawn } = require('child_process');
const net = require('net');
const { once } = require('events');
const { promisify } = require('util');

if (process.argv[2] === 'child') {
  process.on('message', (message, socket) => {
    if (socket) {
      socket.end('from the child');
    } else {
      process.send({ twice: message.number * 2 });
    }
  });
  process.on('disconnect', () => process.exit(3));
} else {
  main();
}

async function handsOver() {
  const child = fork(__filename, ['child']);
  child.send({ number: 21 });
  const [answer] = await once(child, 'message');
  assert.strictEqual(answer.twice, 42);

  const server = net.createServer((socket) => child.send('take', socket));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const client = net.connect(server.address().port, '127.0.0.1');
  let text = '';
  for await (const chunk of client) {
    text += chunk;
  }
  assert.strictEqual(text, 'from the child');
  server.close();
  child.disconnect();
  const [code] = await once(child, 'exit');
  assert.strictEqual(code, 3);
}

async function main() {
  const { stdout } = await promisify(execFile)('echo', ['a', 'b']);
  assert.strictEqual(stdout, 'a b\n');
  assert.strictEqual(execFileSync('cat', { input: 'sync' }).toString(), 'sync');

  const cat = spawn('cat');
  cat.stdin.end(Buffer.alloc(1 << 20, 'y'));
  let size = 0;
  for await (const chunk of cat.stdout) {
    size += chunk.length;
  }
  assert.strictEqual(size, 1 << 20);

  const failed = spawn('sh', ['-c', 'exit 7']);
  assert.deepStrictEqual(await once(failed, 'exit'), [7, null]);
  const killed = spawn('sleep', ['1000']);
  killed.kill('SIGTERM');
  assert.deepStrictEqual(await once(killed, 'exit'), [null, 'SIGTERM']);
  const [missing] = await once(spawn('/none/at/all'), 'error')
    .catch((err) => [err]);
  assert.strictEqual(missing.code, 'ENOENT');
  const env = await promisify(exec)('echo $WORD $PWD', {
    env: { WORD: 'said', PATH: process.env.PATH }, cwd: '/'
  });
  assert.strictEqual(env.stdout, 'said /\n');

  const many = [];
  for (let i = 0; i < 40; i++) {
    many.push(promisify(execFile)('echo', [String(i)]));
  }
  (await Promise.all(many)).forEach((one, i) => {
    assert.strictEqual(one.stdout, `${i}\n`);
  });
  await handsOver();
  console.log('ok');
}
