'use strict';
const behaviour = require('./behaviour');

if (behaviour.mode === 'build') {
  console.error('error TS2304: Cannot find name "Basket".');
  process.exit(1);
}
console.log(`built ${behaviour.version}`);
