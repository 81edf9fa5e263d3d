/** Executables as compiled code makes them. */

import { type Box, box } from './box.js';
import { Executable, type ExecutableOptions } from './executable.js';

export function executable(options: ExecutableOptions): Box {
  return box(new Executable(options));
}
