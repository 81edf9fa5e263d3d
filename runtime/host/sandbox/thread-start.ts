/** The thread's code is a file of its own, whose name changes with its text. */
void import('./worker.js');
