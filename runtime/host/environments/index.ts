export { exportEnvironment, importEnvironment } from './archive.js';
export { type CaptureOptions, captureEnvironment } from './capture.js';
export { type InitOptions, initEnvironment } from './init.js';
export { listEnvironments } from './list.js';
export { checkEnvironmentName } from './names.js';
export { extractPrompt } from './prompt.js';
export { EnvironmentError, type Report, reportError } from './report.js';
export {
  currentPlaces,
  ENVIRONMENT_SERVICE,
  type Environment,
  entryFile,
  environmentsIn,
  findEnvironment,
  type Manifest,
  type Places,
} from './store.js';
