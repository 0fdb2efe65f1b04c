import { basename, delimiter, join } from 'node:path'

export interface ShellContext {
  /** The learner's shell: a name or a path. */
  readonly program: string
  readonly platform: NodeJS.Platform
  /** A folder of this one shell's own: what the plan's files are written to. */
  readonly folder: string
  readonly env: Readonly<Record<string, string | undefined>>
  /** What the prompt begins with. */
  readonly label: string
  /** Set for the shell and all it starts; a start-up file of the learner's cannot change it. */
  readonly variables: Readonly<Record<string, string>>
}

/** How a shell is started so that it reads the learner's own start-up files and then ours. */
export interface ShellPlan {
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string>>
  /** By name, below the folder. */
  readonly files: Readonly<Record<string, string>>
}

/** The folder of the programs that a lab's shell has. */
export function programFolder(folder: string): string {
  return join(folder, 'bin')
}

/**
 * Plans the start of a shell. One that is not known gets the variables, but keeps its prompt.
 * cmd and PowerShell are written after their documentation and have not been tried.
 */
export function planShell(context: ShellContext): ShellPlan {
  const { program, env, folder, variables } = context
  const path = [programFolder(folder), env.PATH ?? ''].join(delimiter)
  const common = { ...variables, PATH: path }
  const plan = PLANS[nameOf(program)]?.(context)
  return { args: plan?.args ?? [], files: plan?.files ?? {}, env: { ...common, ...plan?.env } }
}

type Plan = (context: ShellContext) => Partial<ShellPlan>

const PLANS: Readonly<Record<string, Plan>> = {
  bash,
  zsh,
  fish,
  sh: posix,
  dash: posix,
  ash: posix,
  ksh: posix,
  cmd,
  powershell,
  pwsh: powershell,
}

function nameOf(program: string): string {
  return basename(program.replaceAll('\\', '/'))
    .toLowerCase()
    .replace(/\.exe$/, '')
}

/** `PROMPT_COMMAND` runs before every prompt: what sets PS1 there, as prompt themes do, is not undone but added to. */
function bash({ folder, label, variables }: ShellContext): Partial<ShellPlan> {
  const rc = `[ -f ~/.bashrc ] && . ~/.bashrc
${posixExports(folder, variables)}
__statelab_prompt() {
  local status=$?
  case $PS1 in ${quoted(label)}*) ;; *) PS1=${quoted(label)}$PS1 ;; esac
  return $status
}
if [[ "$(declare -p PROMPT_COMMAND 2>/dev/null)" == "declare -a"* ]]; then
  PROMPT_COMMAND+=(__statelab_prompt)
else
  PROMPT_COMMAND="\${PROMPT_COMMAND:+$PROMPT_COMMAND; }__statelab_prompt"
fi
`
  return { args: ['--rcfile', join(folder, 'bashrc')], files: { bashrc: rc } }
}

/** zsh looks for its files in ZDOTDIR: ours, which hands on to the learner's. */
function zsh({ folder, label, variables, env }: ShellContext): Partial<ShellPlan> {
  const handOn = (name: string): string => `ZDOTDIR=$STATELAB_ZDOTDIR
[[ -f $ZDOTDIR/${name} ]] && . $ZDOTDIR/${name}
STATELAB_ZDOTDIR=$ZDOTDIR
`
  const zshenv = `${handOn('.zshenv')}ZDOTDIR=${quoted(folder)}\n`
  const zshrc = `HISTFILE=$STATELAB_ZDOTDIR/.zsh_history
${handOn('.zshrc')}unset STATELAB_ZDOTDIR
[[ $ZDOTDIR == $HOME ]] && unset ZDOTDIR
${posixExports(folder, variables)}
__statelab_prompt() { [[ $PROMPT == ${quoted(label)}* ]] || PROMPT=${quoted(label)}$PROMPT }
autoload -Uz add-zsh-hook && add-zsh-hook precmd __statelab_prompt
`
  return {
    env: { ZDOTDIR: folder, STATELAB_ZDOTDIR: env.ZDOTDIR ?? env.HOME ?? '' },
    files: { '.zshenv': zshenv, '.zshrc': zshrc },
  }
}

function fish({ folder, label, variables }: ShellContext): Partial<ShellPlan> {
  const exports = Object.entries(variables).map(([name, value]) => `set -gx ${name} ${fishQuoted(value)}`)
  const init = `${exports.join('\n')}
set -gx PATH ${fishQuoted(programFolder(folder))} $PATH
functions -q fish_prompt; or function fish_prompt; echo '> '; end
functions -c fish_prompt __statelab_fish_prompt
function fish_prompt; echo -n ${fishQuoted(label)}; __statelab_fish_prompt; end`
  return { args: ['--init-command', init] }
}

/** A POSIX shell reads the file that ENV names when it is interactive. */
function posix({ folder, label, variables, env }: ShellContext): Partial<ShellPlan> {
  const own = env.ENV ? `[ -f ${quoted(env.ENV)} ] && . ${quoted(env.ENV)}\nENV=${quoted(env.ENV)}\n` : 'unset ENV\n'
  const rc = `${own}${posixExports(folder, variables)}
case $PS1 in ${quoted(label)}*) ;; *) PS1=${quoted(label)}$PS1 ;; esac
`
  return { env: { ENV: join(folder, 'shrc') }, files: { shrc: rc } }
}

function cmd({ label, env }: ShellContext): Partial<ShellPlan> {
  return { args: ['/K'], env: { PROMPT: `${label}${env.PROMPT ?? '$P$G'}` } }
}

function powershell({ label }: ShellContext): Partial<ShellPlan> {
  const literal = `'${label.replaceAll("'", "''")}'`
  const init = `$statelabPrompt = $function:prompt; function prompt { ${literal} + (& $statelabPrompt) }`
  return { args: ['-NoExit', '-Command', init] }
}

/** Again, because a start-up file may have set other values; PATH is put before whatever it has become. */
function posixExports(folder: string, variables: Readonly<Record<string, string>>): string {
  const assignments = Object.entries(variables).map(([name, value]) => `${name}=${quoted(value)}`)
  return `export ${[...assignments, `PATH=${quoted(programFolder(folder))}:"$PATH"`].join(' ')}`
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`
}

function fishQuoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`
}
