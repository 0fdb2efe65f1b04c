/**
 * The text of a container runtime that asks for less: it removes capabilities that this machine cannot grant from what
 * Docker wants, and then becomes the real runtime.
 *
 * It is a POSIX shell script with grep and sed, because containerd runs it several times for every container and exec:
 * that costs about 5 ms, where jq needs 10 to 50 and Node or Python 40 and more, and nothing has to be installed. It is
 * exact, because inside a JSON string every quote is escaped: `"capabilities":{` can only be the key itself, and the
 * object holds nothing but arrays of names, so it ends at the first brace. Nothing outside of that object is changed.
 * @param missing names such as `CAP_SYS_RESOURCE`; at least one.
 * @param runtime the full path of the real runtime.
 */
export function runtimeWrapper(missing: readonly string[], runtime: string): string {
  const names = `"(${missing.join('|')})"`
  const space = '[[:space:]]*'
  const within = `("capabilities"${space}:${space}\\{[^{}]*)`
  return `#!/bin/sh
# Written by statelab. This machine cannot grant ${missing.join(', ')}, which privileged containers ask
# for, so that Docker fails to start them ("unable to apply caps"). This runtime leaves it out and runs the real one.
# To undo: remove "default-runtime" and this file's entry in "runtimes" from Docker's daemon.json, then reload Docker.

leave_out() {
  grep -qE '${names}' "$1" 2>/dev/null || return 0
  (umask 077 && LC_ALL=C sed -E \\
    -e ':all' -e '$!{' -e 'N' -e 'b all' -e '}' \\
    -e ':name' -e 's/${within}${names}${space}(,${space})?/\\1/' -e 't name' \\
    -e ':comma' -e 's/${within},(${space}\\])/\\1\\2/' -e 't comma' \\
    "$1" >"$1.statelab" && mv -f "$1.statelab" "$1")
}

command='' bundle=. process='' previous=''
for word in "$@"; do
  case $previous in
    --bundle | -b) bundle=$word ;;
    --process | -p) process=$word ;;
  esac
  case $word in
    --bundle=*) bundle=\${word#*=} ;;
    --process=*) process=\${word#*=} ;;
    -*) ;;
    *) case $previous in
      --root | --log | --log-format | --criu | --rootless) ;;
      *) command=\${command:-$word} ;;
    esac ;;
  esac
  previous=$word
done
case $command in
  create | run | restore) leave_out "$bundle/config.json" ;;
  exec) leave_out "$process" ;;
esac
exec ${runtime} "$@"
`
}

/** The real runtime of a wrapper that was written before. */
export function wrappedRuntime(wrapper: string): string | undefined {
  return /^exec (\/\S+) "\$@"$/m.exec(wrapper)?.[1]
}
