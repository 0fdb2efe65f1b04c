import { defineLab, exportFile, nodeFile, nodeMount, noNodeFile, not } from 'statelab/lab'

const PATH = '/mnt/nfs-export'
const FILE = { file: 'x.txt', contains: 'hello-world' }

const mountedOnWorker = nodeMount({ node: 'worker', path: PATH })
const mountedOnControlPlane = nodeMount({ node: 'control-plane', path: PATH })
const onServer = exportFile({ directory: '', ...FILE })

export default defineLab({
  id: 'nfs-server',
  track: 'nfs',
  minutes: 10,
  kubernetes: '>=1.27',
  requires: { nodes: 2 },
  title: { en: 'An NFS server, by hand', zh: '手工使用 NFS 服务器' },
  owns: { nodePaths: [PATH], exportDirectories: ['x.txt'] },
  tasks: [
    {
      id: 'mounted',
      title: { en: 'The worker node has mounted the export', zh: 'worker 节点挂载了 NFS 导出目录' },
      checks: [mountedOnWorker],
      hints: [
        {
          when: nodeFile({ node: 'worker', path: `${PATH}/x.txt` }),
          text: {
            en: `${PATH}/x.txt is on the worker, but nothing is mounted at ${PATH}: the file is on the node's own disk. The mount will hide it, so write it once more afterwards.`,
            zh: `worker 上有 ${PATH}/x.txt，但 ${PATH} 上没有挂载：这个文件在节点自己的磁盘上。挂载之后它会被遮住，所以要再写一次。`,
          },
        },
        {
          when: not(noNodeFile({ node: 'worker', path: PATH })),
          text: {
            en: `There is a directory ${PATH} on the worker, but the export is not mounted there: without a mount it is just a directory of the node's own disk. \`findmnt ${PATH}\` on the node prints nothing until it is.`,
            zh: `worker 上有目录 ${PATH}，但 NFS 导出目录没有挂载到那里：没有挂载，它就只是节点自己磁盘上的一个目录。挂载之前，在节点上执行 \`findmnt ${PATH}\` 什么也不会输出。`,
          },
        },
        {
          text: {
            en: 'Is the server running, and what does it export? `showmount -e ADDRESS` on a node answers both; `statelab status` tells the address. mount(8) then wants the type, `SERVER:PATH`, and a directory that exists.',
            zh: '服务器在运行吗？它导出了什么？在节点上执行 `showmount -e ADDRESS` 就能知道；地址可以用 `statelab status` 查看。然后 mount 需要三样东西：类型、`SERVER:PATH`，以及一个已经存在的目录。',
          },
        },
      ],
      learned: {
        en: 'An NFS client needs two things: an address and an exported path. This is what a kubelet does for every NFS volume of a Pod.',
        zh: 'NFS 客户端只需要两样东西：服务器地址和导出路径。Pod 每用一个 NFS 卷，kubelet 做的就是这件事。',
      },
    },
    {
      id: 'written',
      title: { en: 'What the node wrote is on the server', zh: '节点写的文件在服务器上' },
      checks: [onServer],
      hints: [
        {
          when: nodeFile({ node: 'worker', path: `${PATH}/x.txt` }),
          text: {
            en: 'x.txt is there, but hello-world, in one word with a hyphen, is not in it. `docker exec statelab-nfs cat /export/x.txt` shows what the server has.',
            zh: 'x.txt 已经有了，但里面没有 hello-world（一个词，中间是连字符）。用 `docker exec statelab-nfs cat /export/x.txt` 可以看服务器上的内容。',
          },
        },
        {
          text: {
            en: `Write x.txt at the root of the mount, ${PATH}/x.txt, with hello-world in it. Then look from the server's side, where the same directory is /export. A file that was written before the mount is not there: it is on the node's own disk, hidden below the mount.`,
            zh: `在挂载点的根目录写 ${PATH}/x.txt，内容是 hello-world。再从服务器那边看：同一个目录在那里叫 /export。挂载之前写的文件不会在那里：它在节点自己的磁盘上，被挂载遮住了。`,
          },
        },
      ],
      learned: {
        en: 'The data is on the server, not on the node that wrote it. The node can go, the file stays.',
        zh: '数据在服务器上，不在写它的节点上。节点没有了，文件还在。',
      },
    },
    {
      id: 'shared',
      title: { en: 'The other node reads the same file', zh: '另一个节点读到同一个文件' },
      checks: [mountedOnControlPlane, nodeFile({ node: 'control-plane', path: `${PATH}/x.txt`, contains: 'hello-world' })],
      hints: [
        {
          when: not(mountedOnControlPlane),
          text: {
            en: `Each node mounts for itself. Nothing is mounted at ${PATH} on the control-plane node yet.`,
            zh: `每个节点要各自挂载。control-plane 节点的 ${PATH} 上还没有挂载。`,
          },
        },
        {
          text: {
            en: `\`docker exec statelab-control-plane ls -la ${PATH}\` shows what this node sees.`,
            zh: `用 \`docker exec statelab-control-plane ls -la ${PATH}\` 看看这个节点看到了什么。`,
          },
        },
      ],
      learned: {
        en: 'Any number of machines can mount one export at the same time. This is why an NFS volume can be ReadWriteMany.',
        zh: '同一个导出目录可以同时被许多机器挂载。NFS 卷之所以支持 ReadWriteMany，原因就在这里。',
      },
    },
  ],
  solution: [
    {
      task: 'mounted',
      onNode: { node: 'worker', command: ['showmount', '-e', '$NFS_SERVER'] },
      why: { en: 'Does the server answer, and what does it export?', zh: '服务器有没有响应？它导出了什么？' },
    },
    {
      onNode: { node: 'worker', command: ['mkdir', '-p', PATH] },
      why: { en: 'A mount needs a directory to be mounted on', zh: '挂载需要一个目录作为挂载点' },
    },
    {
      onNode: { node: 'worker', command: ['mount', '-t', 'nfs', '$NFS_SERVER:/export', PATH] },
      why: { en: 'From now on this directory is the one on the server', zh: '从现在起，这个目录就是服务器上的那个目录' },
      until: mountedOnWorker,
    },
    {
      task: 'written',
      onNode: { node: 'worker', command: ['sh', '-c', `echo hello-world > ${PATH}/x.txt`] },
      why: { en: 'Something to find on the server', zh: '写一点东西，再到服务器上去找' },
      until: onServer,
    },
    {
      task: 'shared',
      onNode: { node: 'control-plane', command: ['mkdir', '-p', PATH] },
      why: { en: 'The other node needs a directory of its own', zh: '另一个节点也要有自己的挂载点' },
    },
    {
      onNode: { node: 'control-plane', command: ['mount', '-t', 'nfs', '$NFS_SERVER:/export', PATH] },
      why: { en: 'A second client of the same export', zh: '同一个导出目录的第二个客户端' },
      until: mountedOnControlPlane,
    },
  ],
  wrong: [
    {
      id: 'own-disk',
      refusedBy: 'written',
      steps: [
        {
          onNode: { node: 'worker', command: ['mkdir', '-p', PATH] },
          why: { en: 'The directory, and nothing mounted on it', zh: '只建了目录，没有挂载' },
        },
        {
          onNode: { node: 'worker', command: ['sh', '-c', `echo hello-world > ${PATH}/x.txt`] },
          why: { en: "This goes to the node's own disk", zh: '这个文件写到了节点自己的磁盘上' },
        },
      ],
    },
    {
      id: 'copied-by-hand',
      refusedBy: 'shared',
      steps: [
        {
          onNode: { node: 'worker', command: ['mkdir', '-p', PATH] },
          why: { en: 'A place to mount', zh: '挂载点' },
        },
        {
          onNode: { node: 'worker', command: ['mount', '-t', 'nfs', '$NFS_SERVER:/export', PATH] },
          why: { en: 'The worker mounts the export', zh: 'worker 挂载导出目录' },
        },
        {
          onNode: { node: 'worker', command: ['sh', '-c', `echo hello-world > ${PATH}/x.txt`] },
          why: { en: 'The file is on the server', zh: '文件在服务器上' },
        },
        {
          onNode: {
            node: 'control-plane',
            command: ['sh', '-c', `mkdir -p ${PATH} && echo hello-world > ${PATH}/x.txt`],
          },
          why: { en: 'A copy on the disk of the other node', zh: '另一个节点磁盘上的一份拷贝' },
        },
      ],
    },
  ],
})
