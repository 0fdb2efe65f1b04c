/** The variable that tells a recording process where to write its requests. */
export const REQUESTS_FILE = 'STATELAB_BENCH_REQUESTS'
