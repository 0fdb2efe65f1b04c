#!/bin/sh
# The behaviour that manifests written for the official image count on: options alone start a server, the server owns its
# data and runs without privileges, and other Pods may connect (Debian's build has protected mode on).
set -eu

case "${1:-}" in
-* | *.conf) set -- redis-server "$@" ;;
esac

case "${1:-}" in
redis-server)
  case " $* " in
  *" --protected-mode "* | *" --sentinel "*) ;;
  *) set -- "$@" --protected-mode no ;;
  esac
  ;;
esac

case "${1:-}" in
redis-server | redis-sentinel)
  if [ "$(id -u)" = 0 ]; then
    find . \! -user redis -exec chown redis '{}' +
    # By its path: busybox' shell has a lesser setpriv of its own, and prefers it.
    exec /usr/bin/setpriv --reuid redis --regid redis --clear-groups -- "$@"
  fi
  ;;
esac

exec "$@"
