import type { Pipeline } from '../../../grammar/ast.js';
import type { Code } from '../code.js';
import type { Emitter } from '../emitter.js';
import { pipeline } from '../pipelines.js';

export default function visitPipeline(node: Pipeline, e: Emitter): Code {
  return pipeline(node, e);
}
