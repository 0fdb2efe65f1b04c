import type { CommandRunner } from '../process/command-runner.ts'

/** A runner whose `go` fetches modules from a proxy. Checksums are verified as ever, whoever serves the modules. */
export function withGoProxy(runner: CommandRunner, proxy: string | undefined): CommandRunner {
  if (proxy === undefined) return runner
  return {
    run: (file, args, options) =>
      runner.run(file, args, file === 'go' ? { ...options, env: { ...options?.env, GOPROXY: proxy } } : options),
  }
}
