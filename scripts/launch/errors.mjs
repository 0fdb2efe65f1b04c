/** Something the launcher cannot get by itself. `fix` is what to type. */
export class LaunchError extends Error {
  constructor(message, fix) {
    super(message)
    this.fix = fix
  }
}

/** A signal ended an installation. */
export class InterruptedError extends Error {
  constructor(signal) {
    super(`ended by ${signal}`)
    this.signal = signal
  }
}
