// node.js - a server that does a little of everything, until it is told to end.
//
// It prints its port. Some answers come from a file, after a timer, by way of
// the pool, or from a look-up, and every 50th ends the connection.
'use strict';
const crypto = require('crypto');
const dns = require('dns');
const fs = require('fs');
const http = require('http');
const { pipeline } = require('stream');

const file = Buffer.alloc(64 << 10, 'f');
fs.writeFileSync('served', file);
let count = 0;

const answers = {
  '/': (req, res) => res.end('hello'),
  '/file': (req, res) => fs.readFile('served', (err, data) => {
    res.statusCode = err || !data.equals(file) ? 500 : 200;
    res.end(data);
  }),
  '/stream': (req, res) => pipeline(fs.createReadStream('served'), res,
    () => {}), // It fails when the client goes away, and closes the file.
  '/later': (req, res) => setTimeout(() => res.end('later'), 1),
  '/pool': (req, res) => crypto.randomBytes(1000, (err, data) => {
    res.statusCode = err ? 500 : 200;
    res.end(data);
  }),
  '/name': (req, res) => dns.lookup('localhost', (err, address) => {
    res.statusCode = err ? 500 : 200;
    res.end(address);
  }),
  '/echo': (req, res) => req.pipe(res)
};

const server = http.createServer((req, res) => {
  if (++count % 50 === 0) {
    res.shouldKeepAlive = false;
  }
  (answers[req.url] || ((req, res) => res.writeHead(404).end()))(req, res);
});
server.listen(0, '127.0.0.1', 1024, () => {
  fs.writeFileSync('port.new', String(server.address().port));
  fs.renameSync('port.new', 'port');
});
process.once('SIGTERM', () => server.close(() => console.log('ok')));
