/** Preloaded into a measured process: writes its peak resident memory, in KiB, when it ends. */
import fs from 'node:fs';
import { isMainThread } from 'node:worker_threads';

if (isMainThread) {
  process.on('exit', () => fs.writeFileSync(process.env.MLLDC_USAGE_REPORT, String(process.resourceUsage().maxRSS)));
}
