/** The sandbox thread's first file: loads the thread's code from V8's code cache. */
import { boot } from '../boot.js';

boot(import.meta.dirname)('./thread.js');
