/** Executables as compiled code makes them. */

import { type Box, box } from './box.js';
import { keepAnswers } from './checkpoints.js';
import { Executable, type ExecutableOptions } from './executable.js';

export function executable(options: ExecutableOptions): Box {
  if (options.labels?.includes('llm')) keepAnswers();
  return box(new Executable(options));
}
