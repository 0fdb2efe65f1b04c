import type { Host } from './host.ts'

export type ServiceManager = 'systemd' | 'openrc' | 'init' | 'none'

/** Which service manager runs. That its programs are installed says nothing: containers and sandboxes have them idle. */
export async function serviceManager(host: Host): Promise<ServiceManager> {
  if (await host.exists('/run/systemd/system')) return 'systemd'
  if (await host.exists('/run/openrc/softlevel')) return 'openrc'
  const first = (await host.readText('/proc/1/comm'))?.trim()
  return first === 'init' && (await host.exists('/etc/init.d/docker')) ? 'init' : 'none'
}

/** The command that starts a service; `undefined` where nothing manages services. */
export function startCommand(manager: ServiceManager, service: string): readonly [string, ...string[]] | undefined {
  switch (manager) {
    case 'systemd':
      return ['systemctl', 'start', service]
    case 'openrc':
      return ['rc-service', service, 'start']
    case 'init':
      return ['service', service, 'start']
    default:
      return undefined
  }
}
