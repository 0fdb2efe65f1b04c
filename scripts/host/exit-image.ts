/**
 * A tar archive of the smallest root filesystem that runs: one static program, `/exit`, that ends with 0. It lets
 * `docker import` make an image where there is no registry, to find out whether containers start at all.
 */
export function exitImage(architecture: 'amd64' | 'arm64'): Buffer {
  const program = exitProgram(architecture)
  const padding = Buffer.alloc(BLOCK - (program.length % BLOCK))
  return Buffer.concat([tarHeader('exit', program.length), program, padding, Buffer.alloc(2 * BLOCK)])
}

const BLOCK = 512

function tarHeader(name: string, size: number): Buffer {
  const header = Buffer.alloc(BLOCK)
  header.write(name, 0)
  header.write('0000755\0', 100)
  header.write('0000000\0', 108)
  header.write('0000000\0', 116)
  header.write(`${size.toString(8).padStart(11, '0')}\0`, 124)
  header.write('00000000000\0', 136)
  header.write(' '.repeat(8), 148)
  header.write('0', 156)
  header.write('ustar\x0000', 257)
  const sum = header.reduce((total, byte) => total + byte, 0)
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148)
  return header
}

const MACHINES = {
  // xor edi,edi; mov eax,60; syscall
  amd64: { number: 62, code: [0x31, 0xff, 0xb8, 0x3c, 0, 0, 0, 0x0f, 0x05] },
  // mov x0,#0; mov x8,#93; svc #0
  arm64: { number: 183, code: [0x00, 0x00, 0x80, 0xd2, 0xa8, 0x0b, 0x80, 0xd2, 0x01, 0x00, 0x00, 0xd4] },
} as const

const ELF_HEADER = 64
const PROGRAM_HEADER = 56
const LOAD_ADDRESS = 0x400000n

/** An ELF file of one loadable segment, which is the whole file (elf(5)). */
function exitProgram(architecture: 'amd64' | 'arm64'): Buffer {
  const { number, code } = MACHINES[architecture]
  const headers = Buffer.alloc(ELF_HEADER + PROGRAM_HEADER)
  const size = BigInt(headers.length + code.length)
  // 64 bit, little-endian, version 1; executable; entry behind the headers.
  headers.write('\x7fELF\x02\x01\x01', 0, 'latin1')
  headers.writeUInt16LE(2, 16)
  headers.writeUInt16LE(number, 18)
  headers.writeUInt32LE(1, 20)
  headers.writeBigUInt64LE(LOAD_ADDRESS + BigInt(headers.length), 24)
  headers.writeBigUInt64LE(BigInt(ELF_HEADER), 32)
  headers.writeUInt16LE(ELF_HEADER, 52)
  headers.writeUInt16LE(PROGRAM_HEADER, 54)
  headers.writeUInt16LE(1, 56)
  // PT_LOAD, readable and executable.
  headers.writeUInt32LE(1, 64)
  headers.writeUInt32LE(5, 68)
  headers.writeBigUInt64LE(LOAD_ADDRESS, 80)
  headers.writeBigUInt64LE(LOAD_ADDRESS, 88)
  headers.writeBigUInt64LE(size, 96)
  headers.writeBigUInt64LE(size, 104)
  headers.writeBigUInt64LE(0x1000n, 112)
  return Buffer.concat([headers, Buffer.from(code)])
}
