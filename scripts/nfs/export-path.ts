/** The directory that the NFS server exports, as clients name it and as it is in the server's container. */
export const EXPORT_PATH = '/export'
