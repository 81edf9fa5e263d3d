#!/usr/bin/env node
/** Stands in for macOS's `security`: same commands, same output, a file as its store, and a log of what it was given. */
import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const folder = path.dirname(process.argv[1]);
const store = path.join(folder, 'store.json');
const items = existsSync(store) ? JSON.parse(readFileSync(store, 'utf8')) : [];
const argv = process.argv.slice(2);
const stdin = argv[0] === '-i' ? readFileSync(0, 'utf8') : '';
appendFileSync(path.join(folder, 'log.jsonl'), `${JSON.stringify({ argv, stdin })}\n`);

if (existsSync(path.join(folder, 'locked'))) {
  process.stderr.write('security: SecKeychainSearchCopyNext: User interaction is not allowed.\n');
  process.exit(argv[0] === '-i' ? 0 : 36);
}
process.exit(
  argv[0] === '-i'
    ? stdin
        .split('\n')
        .filter(Boolean)
        .map((line) => run(words(line)) && 0)
        .pop()
    : run(argv),
);

function run([command, ...args]) {
  const option = (name) => (args.includes(name) ? args[args.indexOf(name) + 1] : undefined);
  const at = items.findIndex((item) => item.service === option('-s') && item.account === option('-a'));
  switch (command) {
    case 'find-generic-password': {
      if (at === -1) return missing();
      const bytes = Buffer.from(items[at].hex, 'hex');
      const plain = /^[\x20-\x7e]*$/.test(bytes.toString('latin1'));
      if (args.includes('-w')) process.stdout.write(`${plain ? bytes : items[at].hex}\n`);
      else if (args.includes('-g'))
        process.stderr.write(plain ? `password: "${bytes}"\n` : `password: 0x${items[at].hex.toUpperCase()}  "…"\n`);
      return 0;
    }
    case 'add-generic-password':
      if (at !== -1) items.splice(at, 1);
      items.push({ service: option('-s'), account: option('-a'), hex: option('-X') });
      return save();
    case 'delete-generic-password':
      if (at === -1) return missing();
      items.splice(at, 1);
      return save();
    case 'dump-keychain': {
      const blob = (text) =>
        /^[\x20-\x7e]*$/.test(text) ? `"${text}"` : `0x${Buffer.from(text).toString('hex').toUpperCase()}  "…"`;
      for (const { service, account } of items)
        process.stdout.write(
          `keychain: "/Users/u/login.keychain-db"\nversion: 512\nclass: "genp"\nattributes:\n    0x00000007 <blob>="x"\n    "acct"<blob>=${blob(account)}\n    "svce"<blob>=${blob(service)}\n`,
        );
      return 0;
    }
  }
}

function words(line) {
  return [...line.matchAll(/"((?:\\.|[^"\\])*)"|(\S+)/g)].map(
    ([, quoted, plain]) => plain ?? quoted.replace(/\\(.)/g, '$1'),
  );
}

function missing() {
  process.stderr.write('security: SecKeychainSearchCopyNext: The specified item could not be found in the keychain.\n');
  return 44;
}

function save() {
  writeFileSync(store, JSON.stringify(items));
  return 0;
}
