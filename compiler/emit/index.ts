/**
 * emit: from the resolved modules to the text of one program. Emission is repeated until it is known
 * which functions may have to wait; everything else is plain synchronous JavaScript.
 */

import path from 'node:path';
import type { Analysis } from '../analyze/index.js';
import type { World } from '../resolve/index.js';
import { Session } from '../session.js';
import { type Code, js, str } from './code.js';
import { emitModule } from './modules.js';
import { ProgramState } from './program.js';

export interface Emitted {
  code: Code;
  program: ProgramState;
}

export function emit(session: Session, world: World, { names, used }: Analysis): Emitted {
  const units = [...world.units, ...world.templates];
  let previous: ProgramState | null = null;
  for (;;) {
    const program: ProgramState = new ProgramState(units, previous);
    program.sawPolicies = world.policies.length > 0;
    const attempt = new Session();
    const modules = world.units.map((unit) =>
      emitModule(
        { unit, names: names.get(unit) ?? [], used: used.get(unit) ?? null, root: world.root },
        program,
        attempt,
      ),
    );
    if (program.settle() && (previous !== null || program.memberNames.size === 0)) {
      session.add(attempt.diagnostics);
      return { code: frame(modules, world, program), program };
    }
    previous = program;
  }
}

/** The main script, after the policies of the project. */
function entry({ main, policies }: World, program: ProgramState): Code {
  if (policies.length === 0) return `m${main.id}`;
  const asynchronous = policies.some(({ id }) => program.waits(`module:${id}`));
  const steps = policies.map(
    ({ id, file }) =>
      js`rt.configuredPolicy(${asynchronous ? 'await ' : ''}m${String(id)}(-1, true), ${str(path.basename(file).replace(/\..*$/, ''))});\n`,
  );
  return js`${asynchronous ? 'async ' : ''}() => {\n${steps}return m${String(main.id)}();\n}`;
}

function constants({ constants }: ProgramState): string {
  const list = [...constants].map(([text, name]) => `${name} = ${text}`);
  return list.length === 0 ? '' : `const ${list.join(', ')};\n`;
}

function frame(modules: readonly Code[], world: World, program: ProgramState): Code {
  const names = [...program.runtime].sort().join(', ');
  return js`__program(rt => {
"use strict";
const { ${names} } = rt;
${constants(program)}${program.tracksTools ? 'rt.trackTools();\n' : ''}${program.tracksLineage ? 'rt.trackLineage();\n' : ''}${modules}return ${entry(world, program)};
});
`;
}
