// `npm run docs`: puts the tables of settings and codes into README.md, as the code has them.
import { readFileSync, writeFileSync } from 'node:fs';
import { withTables } from './docs/tables.ts';

const file = new URL('../README.md', import.meta.url);
const before = readFileSync(file, 'utf8');
const after = withTables(before);
if (after !== before) writeFileSync(file, after);
console.log(after === before ? 'README.md is up to date.' : 'README.md has new tables.');
