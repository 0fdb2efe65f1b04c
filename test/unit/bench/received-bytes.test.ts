import { expect, test } from 'vitest'
import { sumReceived } from '../../../scripts/bench/received-bytes.ts'

const TABLE = `Inter-|   Receive                                                |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
    lo:  1000       1    0    0    0     0          0         0     1000       1    0    0    0     0       0          0
  eth0:   200       1    0    0    0     0          0         0        7       1    0    0    0     0       0          0
  wlan0:    3       1    0    0    0     0          0         0        7       1    0    0    0     0       0          0
docker0:  400       1    0    0    0     0          0         0        7       1    0    0    0     0       0          0
br-0abc:  500       1    0    0    0     0          0         0        7       1    0    0    0     0       0          0
veth12a:  500       1    0    0    0     0          0         0        7       1    0    0    0     0       0          0
   cni0:  500       1    0    0    0     0          0         0        7       1    0    0    0     0       0          0
`

test('what came over network cards is counted, not what containers were sent', () => {
  expect(sumReceived(TABLE)).toBe(203)
})
