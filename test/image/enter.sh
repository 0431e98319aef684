# Becomes process 1 of a container: the image's files read-only at /, this machine's libraries instead of the
# base image's, no writable file, no capability, and a user without an entry in passwd. Called in separate
# namespaces: see container.ts.
#   enter.sh ROOT NODE UID WORKDIR COMMAND…
set -eu
root=$1 node=$2 uid=$3 workdir=$4
shift 4
PATH=/usr/sbin:/usr/bin:/sbin:/bin

readonly_at() { mount --bind "$1" "$2" && mount -o remount,bind,ro "$2"; }

mount --make-rprivate /
mount --bind "$root" "$root"
cd "$root"
mkdir -p proc lib lib64 usr/lib nodejs/bin .harness
touch nodejs/bin/node .harness/setpriv .harness/env
readonly_at /lib lib
[ ! -d /lib64 ] || readonly_at /lib64 lib64
readonly_at /usr/lib usr/lib
readonly_at "$node" nodejs/bin/node
readonly_at /usr/bin/setpriv .harness/setpriv
readonly_at /usr/bin/env .harness/env
mount -t proc -o ro proc proc
mount -o remount,bind,ro "$root"
unset OLDPWD PWD PATH
exec /usr/sbin/chroot "$root" /.harness/setpriv --reuid "$uid" --regid "$uid" --clear-groups --no-new-privs \
  --bounding-set=-all --inh-caps=-all --ambient-caps=-all \
  /.harness/env -C "$workdir" "$@"
