/** What the shell analyser finds in texts (security.md 4, 5.5, 5.7), plain and evasive. */

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { analyzeShell } from '../../../runtime/shared/command/analyze.js';
import { commandLabels, commandSource } from '../../../runtime/shared/command/labels.js';

/** The programs a text runs, in order; `?` for one that cannot be decided, builtins in brackets. */
function programs(text: string): string {
  return analyzeShell(text)
    .filter((fact) => fact.kind !== 'none')
    .map((fact) => (fact.undecidable ? '?' : fact.kind === 'program' ? fact.program : `[${fact.program}]`))
    .join(' ');
}

describe('programs', () => {
  test.each<[string, string]>([
    // ── plain commands
    ['ls', 'ls'],
    ['ls -la /tmp', 'ls'],
    ['git status --short', 'git'],
    ['  echo   hi  ', 'echo'],
    ['', ''],
    ['\n\n', ''],
    ['# only a comment', ''],
    ['echo hi # rm x', 'echo'],
    ['echo hi#rm', 'echo'],
    ['echo "# no comment"; ls', 'echo ls'],
    ['/bin/cat f', 'cat'],
    ['/usr/bin/../bin/cat f', 'cat'],
    ['./cat f', 'cat'],
    ['CAT f', 'cat'],
    ['cat.exe f', 'cat'],
    ['X=1 cat f', 'cat'],
    ['X=1 Y="a b" cat f', 'cat'],
    ['X=$(whoami) cat f', 'whoami cat'],
    ['X=1', ''],
    ['A+=1 cat', 'cat'],
    // ── lists, pipelines, groups
    ['a; b', 'a b'],
    ['a;b;', 'a b'],
    ['a && b || c', 'a b c'],
    ['a | b |& c', 'a b c'],
    ['a & b', 'a b'],
    ['a\nb', 'a b'],
    ['a \\\n b', 'a'],
    ['a \\\n| cat', 'a cat'],
    ['(a; b)', 'a b'],
    ['( a )', 'a'],
    ['{ a; b; }', 'a b'],
    ['! a', 'a'],
    ['((i++))', ''],
    ['((a))', 'a' /* to a plain shell nested subshells */],
    ['((a<b))', 'a'],
    ['((x = 1 + 2))', 'x'],
    ['( (a) )', 'a'],
    ['((a) ; (b))', 'a b'],
    ['( (a) ; (b) )', 'a b'],
    ['time a', 'a'],
    ['time -p a', 'a'],
    ['! time a | b', 'a b'],
    ['coproc cat f', 'cat'],
    ['coproc N { cat f; }', 'cat'],
    // ── compound commands
    ['if a; then b; elif c; then d; else e; fi', 'a b c d e'],
    ['while a; do b; done', 'a b'],
    ['until a; do b; done', 'a b'],
    ['for x in 1 2; do a $x; done', 'a'],
    ['for x; do a; done', 'a'],
    ['for x in $(a); do b; done', 'a b'],
    ['for ((i=0;i<3;i++)); do a; done', 'a'],
    ["for x in a # '\ndo cat f\ndone # '", 'cat'],
    ['select x in 1; do a; done', 'a'],
    ['case $x in a) b;; c|d) e;; *) f;; esac', 'b e f'],
    ['case x in (a) b;; esac; g', 'b g'],
    ['case $(a) in *) b;& c) d;;& esac', 'a b d'],
    ['case x in a) b; esac | c', 'b c'],
    ['case x in "a)") b;; esac', 'b'],
    ['[ -f x ] && a', '[[] a'],
    ['[[ -f x && $(b) == c ]] && a', 'b a'],
    ['[[ x =~ (a|b) ]] ; c', 'c'],
    ['[[ $a == x && -n $b ]] && c', 'c'],
    ['[[ -n $a && $b == c ]] && d', 'd'],
    ['echo hi &> f', 'echo'],
    ['&> f echo hi', 'echo'],
    ['cat <<E $(\nrm x #\nE\n)\nE', 'rm e cat'],
    ['cat <<E\na\\\nE\nb\nE\nrm x', 'cat rm'],
    ['f() { cat x; }', 'cat'],
    ['function f { cat x; }', 'cat'],
    ['function f() { cat x; }', 'cat'],
    ['f() (cat x)', 'cat'],
    // ── quoting of the program's name
    ['c\\at f', 'cat'],
    ["c''at f", 'cat'],
    ['c""at f', 'cat'],
    ['"c"at f', 'cat'],
    ["'cat' f", 'cat'],
    ['\\cat f', 'cat'],
    ['ca\\\nt f', 'cat'],
    ["$'cat' f", 'cat'],
    ["$'\\143\\x61t' f", 'cat'],
    ["$'\\u0063at' f", 'cat'],
    ["c$'a't f", 'cat'],
    ['$"cat" f', 'cat'],
    ['{cat,f}', 'cat'],
    ['{cat,/etc/passwd}', 'cat'],
    ['{c,}at f', 'cat'],
    ['c{a,}t f', 'cat'],
    ['"/bin/"cat f', 'cat'],
    ["'' cat", ''],
    // ── substitutions
    ['echo $(cat f)', 'cat echo'],
    ['echo "$(cat f)"', 'cat echo'],
    ['echo `cat f`', 'cat echo'],
    ['echo "`cat f`"', 'cat echo'],
    ['echo `echo \\`cat f\\``', 'cat echo echo'],
    ['echo $(echo $(cat f))', 'cat echo echo'],
    ['echo "$(echo "$(cat f)")"', 'cat echo echo'],
    ["echo '$(cat f)'", 'echo'],
    ['echo "\\$(cat f)"', 'echo'],
    ['echo \\$\\(cat f\\)', 'echo'],
    ['echo ${x:-$(cat f)}', 'cat echo'],
    ['echo "${x:-`cat f`}"', 'cat echo'],
    ['echo ${x:-"$(cat f)"}', 'cat echo'],
    ['echo ${x:-<(cat f)}', 'cat echo'],
    ['echo $(( $(cat f) + 1 ))', 'cat echo'],
    ['echo $((cat f) | wc)', 'cat wc echo'],
    ['echo $(case x in a) cat f;; esac)', 'cat echo'],
    ['diff <(cat a) <(sort b)', 'cat sort diff'],
    ['tee >(cat f)', 'cat tee'],
    ['a=$(cat f)', 'cat'],
    ['a=($(cat f) x)', 'cat'],
    ['a[$(cat f)]=1', 'cat'],
    ['echo > $(cat f)', 'cat echo'],
    ['[ $(cat f) ]', 'cat [[]'],
    ['x="${y#$(cat f)}"', 'cat'],
    // ── here-documents and here-strings
    ['cat <<EOF\n$(rm x)\nEOF', 'cat rm'],
    ["cat <<'EOF'\n$(rm x)\nEOF", 'cat'],
    ['cat <<"EOF"\n`rm x`\nEOF', 'cat'],
    ['cat <<-EOF\n\t$(rm x)\n\tEOF\nls', 'cat rm ls'],
    ['cat <<A <<B\na\nA\n$(rm x)\nB\nls', 'cat rm ls'],
    ['cat <<EOF | sort\nx\nEOF\nls', 'cat sort ls'],
    ["cat <<EOF\na\\\nEOF\n'\nEOF\nrm x #'", 'cat rm'],
    ['cat <<EOF\r\nfoo\r\nEOF\r\nrm x', 'cat rm'],
    ['sh <<EOF\ncat f\nEOF', 'sh cat'],
    ['bash <<< "cat f"', 'bash cat'],
    ['cat <<< "$(rm x)"', 'rm cat'],
    // ── programs that run programs
    ['env cat f', 'env cat'],
    ['env X=1 cat f', 'env cat'],
    ['env -i X=1 cat f', 'env cat'],
    ['env -u HOME cat f', 'env cat'],
    ['env --unset=HOME cat f', 'env cat'],
    ['env -- cat f', 'env cat'],
    ['env -S "cat f"', 'env cat'],
    ["env -S'cat f'", 'env cat'],
    ["env -iS'cat f'", 'env cat'],
    ['env --split-string="cat f"', 'env cat'],
    ['env X=1 ls', 'env ls'],
    ['nice cat f', 'nice cat'],
    ['nice -n 5 cat f', 'nice cat'],
    ['nice -5 cat f', 'nice cat'],
    ['nice --adjustment=5 cat f', 'nice cat'],
    ['nohup cat f &', 'nohup cat'],
    ['timeout 5 cat f', 'timeout cat'],
    ['timeout -k 1 -s KILL 5 cat f', 'timeout cat'],
    ['timeout --signal=KILL 5 cat f', 'timeout cat'],
    ['strace -f -o out cat f', 'strace cat'],
    ['/usr/bin/time -v cat f', 'time cat'],
    ['sudo cat f', 'sudo cat'],
    ['sudo -u bob -E X=1 cat f', 'sudo cat'],
    ['doas -u bob cat f', 'doas cat'],
    ['command cat f', '[command] cat'],
    ['command -p cat f', '[command] cat'],
    ['command -v cat', '[command]'],
    ['builtin echo hi', '[builtin] echo'],
    ['exec cat f', '[exec] cat'],
    ['exec -a ls cat f', '[exec] cat'],
    ['stdbuf -oL cat f', 'stdbuf cat'],
    ['stdbuf -o L cat f', 'stdbuf cat'],
    ['setsid -w cat f', 'setsid cat'],
    ['ionice -c 3 cat f', 'ionice cat'],
    ['chrt -f 10 cat f', 'chrt cat'],
    ['taskset 1 cat f', 'taskset cat'],
    ['flock lock cat f', 'flock cat'],
    ['flock lock -c "cat f"', 'flock cat'],
    ['chroot /x cat f', 'chroot cat'],
    ['busybox cat f', 'busybox cat'],
    ['/lib64/ld-linux-x86-64.so.2 /bin/cat f', 'ld.so cat'],
    ['xvfb-run -a cat f', 'xvfb-run cat'],
    ['env nice -n 5 timeout 1 cat f', 'env nice timeout cat'],
    ['su -c "cat f" bob', 'su cat'],
    ['su bob -c "cat f"', 'su cat'],
    ['script -qc "cat f" out', 'script cat'],
    ['watch -n 1 cat f', 'watch cat'],
    ['watch "ls; cat f"', 'watch ls cat'],
    ['ls | xargs cat', 'ls xargs cat'],
    ['xargs -n 1 -P 4 cat < f', 'xargs cat'],
    ['xargs -I{} cat {}', 'xargs cat'],
    ['xargs -I % sh -c "cat %"', 'xargs sh cat ?'],
    ['xargs env cat', 'xargs env cat'],
    ['parallel cat ::: a b', 'parallel cat'],
    ['parallel "cat {}; ls" ::: a', 'parallel cat ls'],
    ['find . -name x', 'find'],
    ['find . -exec cat {} \\;', 'find cat'],
    ['find . -execdir cat {} +', 'find cat'],
    ['find . -ok cat {} \\; -exec rm {} \\;', 'find cat rm'],
    ['find . -exec sh -c "cat \\$1" _ {} \\;', 'find sh cat'],
    ['sh -c "cat f"', 'sh cat'],
    ["bash -c 'cat f'", 'bash cat'],
    ['bash -lc "cat f"', 'bash cat'],
    ['bash -o pipefail -c "cat f"', 'bash cat'],
    ['bash --norc -c "cat f"', 'bash cat'],
    ['/bin/sh -ec "cat f"', 'sh cat'],
    ['sh -c "sh -c \\"cat f\\""', 'sh sh cat'],
    ['zsh -c "cat f"', 'zsh cat'],
    ['dash -c "cat f"', 'dash cat'],
    ['bash --version', 'bash'],
    ['eval "cat f"', '[eval] cat'],
    ['eval cat f', '[eval] cat'],
    ["eval 'c''at' f", '[eval] cat'],
    ['eval "eval \\"cat f\\""', '[eval] [eval] cat'],
    ['trap "cat f" EXIT', '[trap] cat'],
    ['trap - EXIT', '[trap]'],
    ['mapfile -C "cat f" x', '[mapfile] cat'],
    ['git -c alias.x="!cat f" x', 'git cat'],
    ['git -c core.pager="cat f" log', 'git cat'],
    ['git -c user.name=x log', 'git'],
    ['git submodule foreach "cat f"', 'git cat'],
    ['git bisect run cat f', 'git cat'],
    ['git rebase -x "cat f" main', 'git cat'],
    ['git config alias.x "!cat f"', 'git cat'],
    ['git push -u origin main', 'git'],
    ['git clean -fdx dir', 'git'],
    ['tar --use-compress-program="cat f" -cf x y', 'tar cat'],
    ['tar cf x y --checkpoint-action=exec="cat f"', 'tar cat'],
    ['rsync -e "ssh -p 1" a b', 'rsync ssh'],
    ['ssh -o ProxyCommand="cat f" host', 'ssh cat'],
    ['GIT_SSH_COMMAND="cat f" git fetch', 'cat git'],
    ['PAGER="cat f" man ls', 'cat man'],
    ['export EDITOR="cat f"', 'cat [export]'],
    ['f() { ls; }; f', 'ls [f]'],
    // ── a definition that is not certain leaves the name a program
    ['if x; then f() { ls; }; fi; f', 'x ls f'],
    ['x && f() { ls; }; f', 'x ls f'],
    ['(f() { ls; }); f', 'ls f'],
    ['f() { ls; } | x; f', 'ls x f'],
    ['f() { ls; }; unset -f f; f', 'ls [unset] f'],
    ['f() { ls; }; eval "$x"; f', 'ls [eval] ? ? f'],
    ['f; f() { ls; }', 'f ls'],
  ])('%j runs %j', (text, expected) => {
    const found = programs(text);
    if (text === "'' cat") expect(analyzeShell(text)[0]!.program).toBe('');
    else expect(found).toBe(expected);
  });
});

describe('files opened by redirections', () => {
  test.each<[string, string[]]>([
    ['a > f', ['write f']],
    ['a >> f', ['write f']],
    ['a >| f', ['write f']],
    ['a &> f', ['write f']],
    ['a &>> f', ['write f']],
    ['&> f a', ['write f']],
    ['a >& f', ['write f']],
    ['a 2> f', ['write f']],
    ['a < f', ['read f']],
    ['a <> f', ['read f', 'write f']],
    ['> f', ['write f']],
    ['a {fd}> f', ['write f']],
    ['a 2>&1', []],
    ['a >&-', []],
    ['a > /dev/null 2>&1', []],
    ['a >&2', []],
    ['a 2>/dev/stderr', []],
    ['{ a; } > f', ['write f']],
    ['(a) > f', ['write f']],
    ['while a; do b; done < f > g', ['read f', 'write g']],
    ['if a; then b; fi > f', ['write f']],
    ['a > "x y"', ['write x y']],
    ['a > $X', ['write ?']],
    ['a > f*', ['write ?']],
    ['a > ~/f', ['write ?']],
    ['cd d && a > f', ['write ?']],
    ['cd d && a > /f', ['write /f']],
    ['cat <<EOF > f\nx\nEOF', ['write f']],
    ['a > /dev/tcp/h/1', ['write /dev/tcp/h/1']],
  ])('%j opens %j', (text, expected) => {
    expect(analyzeShell(text).flatMap((fact) => fact.files.map((file) => `${file.mode} ${file.path ?? '?'}`))).toEqual(
      expected,
    );
  });
});

describe('arguments and origin', () => {
  test('what starts a command is remembered', () => {
    expect(analyzeShell('sudo env bash -c "cat f"').map((fact) => fact.via)).toEqual([
      [],
      ['sudo'],
      ['sudo', 'env'],
      ['sudo', 'env', 'bash'],
    ]);
  });

  test('arguments say what is known of them', () => {
    expect(analyzeShell('git $a "$b" c*')[0]!.args).toEqual([
      { text: '', dynamic: true, splits: true },
      { text: '', dynamic: true, splits: false },
      { text: 'c*', dynamic: true, splits: true },
    ]);
  });

  test('xargs adds arguments nobody sees', () => {
    expect(analyzeShell('xargs git')[1]!.args.at(-1)).toMatchObject({ dynamic: true, splits: true });
  });
});

describe('operation labels of commands (security.md 4)', () => {
  const labels = (text: string) => commandLabels(analyzeShell(text)[0]!);

  test.each<[string, string[]]>([
    ['git status', ['op:cmd', 'op:cmd:git', 'op:cmd:git:status']],
    ['git -v status', ['op:cmd', 'op:cmd:git', 'op:cmd:git:status']],
    ['git push --force', ['op:cmd', 'op:cmd:git', 'op:cmd:git:push']],
    ['/usr/bin/Git Status', ['op:cmd', 'op:cmd:git', 'op:cmd:git:status']],
    ['X=1 git status', ['op:cmd', 'op:cmd:git', 'op:cmd:git:status']],
    ['ls', ['op:cmd', 'op:cmd:ls']],
    ['cat /etc/passwd', ['op:cmd', 'op:cmd:cat']],
    ['cat /etc/passwd notes', ['op:cmd', 'op:cmd:cat', 'op:cmd:cat:notes']],
    ['npm -- run', ['op:cmd', 'op:cmd:npm', 'op:cmd:npm:run']],
    ['make CC=gcc all', ['op:cmd', 'op:cmd:make', 'op:cmd:make:all']],
    ['nice -n 5 bash', ['op:cmd', 'op:cmd:nice', 'op:cmd:nice:5']],
    ['git "$X"', ['op:cmd', 'op:cmd:git', 'op:cmd:git:*']],
    ['$X push', ['op:cmd', 'op:cmd:*']],
  ])('%j has %j', (text, expected) => expect(labels(text)).toEqual(expected));

  test('the source names program and subcommand', () => {
    expect(commandSource(analyzeShell('git status -s')[0]!)).toBe('cmd:git:status');
    expect(commandSource(analyzeShell('ls /')[0]!)).toBe('cmd:ls');
  });
});

describe('properties', () => {
  const word = fc.constantFrom(
    'a',
    'cat',
    '$x',
    '"',
    "'",
    '`',
    '$(',
    ')',
    '(',
    '{',
    '}',
    ';',
    '&',
    '|',
    '<',
    '>',
    '<<E',
    '\n',
    ' ',
    '\\',
    '#',
    '[[',
    ']]',
    'if',
    'fi',
    'case',
    'esac',
    'in',
    '))',
    '((',
    '$((',
    '${',
    '=',
    'E',
    '*',
    ',',
    '..',
    '\t',
    '\u00a0',
    '\f',
  );

  test('any text is read to its end, without throwing and in bounded time', () => {
    fc.assert(
      fc.property(fc.array(word, { maxLength: 60 }), (parts) => {
        expect(Array.isArray(analyzeShell(parts.join('')))).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });

  test('a command is found wherever it is put', () => {
    const wrap = fc.constantFrom<(inner: string) => string>(
      (inner) => `ls; ${inner}`,
      (inner) => ` (${inner})`,
      (inner) => `{ ${inner}; }`,
      (inner) => `if a; then ${inner}; fi`,
      (inner) => `echo "$(${inner})"`,
      (inner) => `ls && ${inner} || true`,
      (inner) => `${inner} | sort`,
      (inner) => `while ${inner}; do b; done`,
      (inner) => `f() { ${inner}; }`,
      (inner) => `case x in y) ${inner};; esac`,
      (inner) => `cat <(${inner})`,
      (inner) => `echo \${x:-$(${inner})}`,
      (inner) => `! ${inner} > out`,
      (inner) => `time ${inner}`,
      (inner) => `x=$(${inner})`,
      (inner) => `for y in $(${inner}); do z; done`,
      (inner) => `[[ -n $(${inner}) ]]`,
      (inner) => `echo $(( $(${inner}) + 1 ))`,
    );
    fc.assert(
      fc.property(fc.array(wrap, { maxLength: 6 }), (layers) => {
        const text = layers.reduce((inner, layer) => layer(inner), 'needle x');
        expect(analyzeShell(text).some((fact) => fact.program === 'needle')).toBe(true);
      }),
      { numRuns: 500 },
    );
  });
});
