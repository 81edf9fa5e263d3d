/** What compiled programs call: the names the emitter uses, gathered in one object. */

export { EMPTY, join } from '../shared/marks.js';
export { box, FALSE, NULL, TRUE } from './box.js';
export { boxed } from './boxes.js';
export * from './builtins.js';
export { NOTHING } from './call-result.js';
export { js, jsA, jsBlock, jsBlockA } from './cells.js';
export { checkpoint } from './checkpoints.js';
export { branch, decisive, denies, depends, holds, sized } from './control.js';
export { debugText } from './debug.js';
export { document } from './document.js';
export {
  append,
  appendA,
  log,
  logA,
  output,
  outputA,
  print,
  printA,
  printRun,
  printRunA,
  show,
  showA,
  streamed,
  streamedA,
  writeFile,
  writeFileA,
} from './effects.js';
export { command, envParameter, script } from './exec.js';
export { Executable, executableMissing, resultOf } from './executable.js';
export {
  batchOrInput,
  durationOf,
  forCollect,
  forCollectA,
  forEach,
  forEachA,
  foreachText,
  itemKey,
  loop,
  loopA,
} from './flow.js';
export { trackLineage } from './lineage.js';
export { fileExists, load, loadInline, selectorOf } from './loads.js';
export { executable } from './make.js';
export { mcpModule, mcpTools, named } from './mcp.js';
export { boxName } from './mcp-config.js';
export { importName, linked, namespaceOf } from './modules.js';
export { mxField, mxObject } from './mx.js';
export { construct, nodeModule } from './node-modules.js';
export * from './operators.js';
export { forParallel } from './parallel.js';
export { parallelRun, pipe, pipeA } from './pipeline.js';
export {
  apply,
  applyA,
  arg,
  augment,
  binary,
  field,
  fileField,
  fresh,
  index,
  inputsInclude,
  judged,
  labelled,
  mapField,
  member,
  memberA,
  method,
  opt,
  parallelMutation,
  ref,
  slice,
  variableMx,
  wildcard,
} from './refs.js';
export {
  builtinModule,
  conclude,
  dataModule,
  defineModule,
  moduleContext,
  settleLazy,
  templateModule,
} from './run-modules.js';
export * from './security/index.js';
export { signal } from './signals.js';
export { fillTemplate, fragment, openTemplate, orDefault, parts, tpl, whenTruthy } from './templates.js';
export { toolCollection } from './tools.js';
export { makeArray, makeArrayOf, makeObject, makeObjectOf, optional } from './values/objects.js';
export { workspaceArg, workspaceRef, workspaceText, writeFiles } from './workspaces.js';
