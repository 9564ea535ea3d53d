// phases.js - in which order Node.js calls back, as its guide to the event loop
// says; the loop below it decides. phases.txt is what this prints.
'use strict';
const fs = require('fs');
const net = require('net');

function say(what) {
  console.log(what);
}

// From the poll phase: first what is queued for the end of this callback, then
// check, then close, and timers in the next turn.
function fromPoll(next) {
  const server = net.createServer((peer) => peer.resume());
  const socket = new net.Socket();
  server.listen(0, '127.0.0.1', () => {
    socket.connect(server.address().port, '127.0.0.1', whenConnected);
  });
  function whenConnected() {
    fs.readFile(__filename, () => {
      say('poll: a file was read');
      setTimeout(() => {
        say('timers: a time-out of 0 ms');
        next();
      }, 0);
      setImmediate(() => {
        say('check: an immediate');
        process.nextTick(() => say('check: its next tick'));
        Promise.resolve().then(() => say('check: its promise'));
      });
      setImmediate(() => say('check: another immediate'));
      socket.on('close', () => say('close: a socket'));
      socket.destroy();
      server.close();
      Promise.resolve().then(() => say('poll: a promise'));
      process.nextTick(() => say('poll: a next tick'));
    });
  }
}

// From a timer: its ticks and promises before the next timer, and an immediate
// in the check phase of the same turn.
function fromTimers(next) {
  const began = Date.now();
  setTimeout(() => {
    say('timers: the first');
    process.nextTick(() => say('timers: its next tick'));
    Promise.resolve().then(() => say('timers: its promise'));
    setImmediate(() => {
      say('check: an immediate of a timer');
      next();
    });
  }, 1);
  setTimeout(() => say('timers: the second'), 1);
  while (Date.now() - began < 5) {
    // Both are due when the loop looks.
  }
}

// An immediate that is made by an immediate waits for the next turn.
function fromCheck(next) {
  setImmediate(() => {
    say('check: the first of two turns');
    setImmediate(() => {
      say('check: the second of two turns');
      next();
    });
  });
  setImmediate(() => say('check: the first turn still'));
}

say('the script itself');
process.nextTick(() => say('the script: a next tick'));
Promise.resolve().then(() => say('the script: a promise'));
fromPoll(() => fromTimers(() => fromCheck(() => say('the end'))));
