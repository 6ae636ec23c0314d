#!/bin/sh
# SPDX-License-Identifier: MIT
#
# build-linux.sh - the Linux kernel that the bench is measured beside.
#
#	build-linux.sh CACHE
#
# Unpacks Debian's linux-source package into CACHE, configures it (tinyconfig plus
# linux.config beside this script) and builds CACHE/Image, once: a later call that
# finds the Image of the same configuration does nothing.
set -eu

cache=$1
here=$(cd "$(dirname "$0")" && pwd)
tarball=/usr/src/linux-source-6.1.tar.xz
cross=riscv64-linux-gnu-

stamp=$(cat "$here/linux.config" "$0" | cksum)
[ -f "$cache/Image" ] && [ "$(cat "$cache/stamp" 2>/dev/null)" = "$stamp" ] && exit 0

need=
[ -f "$tarball" ] || need="$need linux-source-6.1"
command -v ${cross}gcc >/dev/null || need="$need gcc-riscv64-linux-gnu"
for tool in flex bison bc; do
	command -v $tool >/dev/null || need="$need $tool"
done
if [ -n "$need" ]; then
	sudo=; [ "$(id -u)" = 0 ] || sudo=sudo
	echo "bench-linux: installing$need with apt-get" >&2
	$sudo apt-get install -y --no-install-recommends $need >&2
fi

mkdir -p "$cache"
cd "$cache"
[ -d linux-source-6.1 ] || tar xf "$tarball"
cd linux-source-6.1
# This Linux has no option to stay with three levels: take the choice away, so that
# both kernels walk the same Sv39 tables.
sed -i 's/^\tset_satp_mode();/\tdisable_pgtable_l5(); disable_pgtable_l4();/' arch/riscv/mm/init.c
sed -i 's/^static __init void set_satp_mode/static __init __maybe_unused void set_satp_mode/' \
	arch/riscv/mm/init.c
make ARCH=riscv CROSS_COMPILE=$cross tinyconfig >/dev/null
cat "$here/linux.config" >>.config
make ARCH=riscv CROSS_COMPILE=$cross olddefconfig >/dev/null 2>&1
# An option that a dependency dropped would silently measure another kernel.
grep '=y$' "$here/linux.config" | while read -r line; do
	grep -qx "$line" .config || echo "bench-linux: not in effect: $line" >&2
done
make ARCH=riscv CROSS_COMPILE=$cross -j"$(nproc)" Image >build.log 2>&1 || {
	tail -20 build.log >&2
	exit 1
}
cp arch/riscv/boot/Image "$cache/Image"
echo "$stamp" >"$cache/stamp"
