import { expect, it } from 'vitest'
import { aptPackages } from '../../../../scripts/images/update/apt-packages.ts'

it('reads the packages of every apt-get, over lines and comments, and nothing that only looks like one', () => {
  const dockerfile = [
    '# RUN apt-get install nothing',
    'FROM x',
    'RUN apt-get update \\',
    ' && DEBIAN_FRONTEND=noninteractive apt-get -o Acquire::https::Verify-Peer=false install -y --no-install-recommends \\',
    '      gcc libstdc++6 \\',
    '      # why make is needed',
    '      make $EXTRA "quoted" \\',
    ' && rm -rf /var/lib/apt/lists/*',
    'RUN apt-get install -y redis-server; echo install nginx',
  ].join('\n')
  expect(aptPackages(dockerfile)).toEqual(['gcc', 'libstdc++6', 'make', 'redis-server'])
})
