import type { Figure } from '../figure.ts'

export const nodeImage: Figure = {
  name: 'node-image',
  method: 'The size of the finished node image, as Docker counts it.',
  async measure(bench) {
    const { nodeImage: image } = await bench.provision()
    const { stdout } = await bench.sh`docker image inspect --format ${'{{.Size}}'} ${image}`
    return [{ what: 'node image', unit: 'GB', samples: [Number(stdout) / 1e9], target: { atMost: 1 } }]
  },
}
